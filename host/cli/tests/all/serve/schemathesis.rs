//! What the server does, against its description, by somebody else's tool.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use hospes_artifacts::HELLO;

use super::server::{Server, TOKEN, solution};

/// The release that the settings beside it were written for.
const VERSION: &str = "4.32.5";

/// Runs a program to its end.
fn run(command: &mut Command) {
    let ended = command.stdin(Stdio::null()).status().unwrap();
    assert!(ended.success(), "{command:?}: {ended}");
}

/// With a fixed seed and a bounded number of examples: what fails once fails
/// again, and it takes about a minute.
#[test]
#[ignore = "needs Python and pip"]
fn schemathesis_finds_no_difference_between_the_server_and_its_description() {
    let flow = "[flow.ask]\nfile = \"ask.toml\"";
    let dir = solution(&[("hello", HELLO, ""), ("other", HELLO, flow)]);
    dir.file(
        "ask.toml",
        "start = \"ask\"\n[step.ask]\ncollect = [{ name = \"name\", kind = \"text\", prompt = \"Who?\" }]\n\
         next = \"done\"\nfailure = \"done\"\n[step.done]\nend = \"done\"\n",
    );
    let settings = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/schemathesis");
    for file in ["schemathesis.toml", "hooks.py"] {
        dir.file(file, fs::read(settings.join(file)).unwrap());
    }
    let inside = |program: &str| dir.path().join("venv/bin").join(program);
    run(Command::new("python3")
        .args(["-m", "venv"])
        .arg(dir.path().join("venv")));
    run(Command::new(inside("pip"))
        .args(["install", "--quiet", "--disable-pip-version-check"])
        .arg(format!("schemathesis=={VERSION}")));

    let server = Server::start(&dir, &[]);
    let description = format!("http://{}/openapi.json", server.address());
    run(Command::new(inside("st"))
        .current_dir(dir.path())
        .args([
            "--config-file",
            "schemathesis.toml",
            "run",
            &description,
            "--no-color",
        ])
        .arg(format!("--header=Authorization: Bearer {TOKEN}"))
        .env("COMPONENT", HELLO)
        .env_remove("VIRTUAL_ENV"));
}
