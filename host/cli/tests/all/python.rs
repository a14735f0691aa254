//! Nodes in Python: the package `hospes-node` in `guest/python`, from its own tests to components in the host.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, PoisonError};

use serde_json::{Value, json};

use crate::conformance::conforms;
use crate::dir::{Dir, Ended, TestCommand, eq};
use crate::golden;
use crate::mock::Mock;

fn package() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../guest/python")
}

/// The Python of a virtual environment with what `requirements.txt` pins. It is made once.
fn python() -> PathBuf {
    static MAKING: Mutex<()> = Mutex::new(());
    let _alone = MAKING.lock().unwrap_or_else(PoisonError::into_inner);

    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("python");
    let python = folder.join("bin/python3");
    let requirements = package().join("requirements.txt");
    let pinned = fs::read(&requirements).unwrap();
    let stamp = folder.join("requirements.txt");
    if fs::read(&stamp).is_ok_and(|installed| installed == pinned) {
        return python;
    }
    _ = fs::remove_dir_all(&folder);
    let run = |command: &mut Command| assert!(command.status().unwrap().success(), "{command:?}");
    run(Command::new("python3").args(["-m", "venv"]).arg(&folder));
    run(Command::new(&python)
        .args(["-m", "pip", "install", "--quiet", "--require-hashes", "-r"])
        .arg(&requirements));
    fs::write(stamp, pinned).unwrap();
    python
}

/// Runs a module of the virtual environment in the package's folder.
fn module(name: &str, args: &[&str]) -> TestCommand {
    let mut command = Command::new(python());
    command
        .current_dir(package())
        .env("PYTHONPATH", "src")
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .args(["-m", name])
        .args(args);
    TestCommand::from(command)
}

/// Builds a node of the package into a directory.
fn build(source: &str, dir: &Dir) -> (Ended, String) {
    let output = dir.path().join("node.wasm").display().to_string();
    let ended = module("hospes_node", &["build", source, "--output", &output]).run();
    (ended, output)
}

/// A host that is patient: components of 18 MB are compiled by a debug build.
fn run(dir: &Dir, payload: &Value, args: &[&str]) -> Ended {
    let payload = payload.to_string();
    dir.hospes([
        "run",
        "node.wasm",
        "--cache",
        "cache",
        "--payload",
        &payload,
    ])
    .args([
        "--limit",
        "component=64MiB",
        "--limit",
        "compile=10m",
        "--env",
        "sandbox",
    ])
    .args(args)
    .env("KEY", "mock-braze-key-not-a-secret")
    .run()
}

#[test]
#[ignore = "needs Python and pip"]
fn the_python_package_passes_its_tests_and_its_lints() {
    for (name, args) in [
        ("ruff", ["format", "--check", "."].as_slice()),
        ("ruff", &["check", "--no-cache", "."]),
        ("mypy", &["--no-incremental"]),
        ("pytest", &["-q", "-p", "no:cacheprovider"]),
    ] {
        module(name, args).run().code(0);
    }
}

#[test]
#[ignore = "needs Python and pip"]
fn a_python_function_becomes_a_node() {
    let dir = Dir::new();
    let (built, output) = build("examples/greet.py", &dir);
    let built = built.code(0);
    assert_eq!(built.json(), json!({"component": output, "world": "node"}));

    let ended = run(&dir, &json!({"name": "Ada"}), &["--json"]).code(0);
    assert_eq!(ended.json()["result"], json!({"greeting": "Hello, Ada."}));
    for (payload, message) in [
        (json!({"name": ""}), "the name is empty"),
        (
            json!({"name": 1}),
            "payload.name: expected a string, found an integer",
        ),
    ] {
        let ended = run(&dir, &payload, &[]).code(1);
        let first: Vec<&str> = ended.stdout.lines().take(2).collect();
        assert_eq!(first, ["failure: invalid-payload", message]);
    }
}

#[test]
#[ignore = "needs Python and pip"]
fn a_node_in_python_conforms_in_both_worlds() {
    for (source, world) in [
        ("tests/nodes/conformance.py", "node"),
        ("tests/nodes/conformance_async.py", "node-async"),
    ] {
        let dir = Dir::new();
        let (built, output) = build(source, &dir);
        assert_eq!(built.code(0).json()["world"], world);
        conforms(Path::new(&output));
    }
}

#[test]
#[ignore = "needs Python and pip"]
fn the_braze_node_in_python_passes_the_cases_of_the_braze_node() {
    let dir = Dir::new();
    let (built, output) = build("examples/braze_track/node.py", &dir);
    built.code(0);
    golden::passes(&golden::braze_track(), "braze-track", Path::new(&output));
}

#[test]
#[ignore = "needs Python and pip"]
fn a_python_node_draws_anew_imports_late_and_shows_its_author_where_it_broke() {
    let dir = Dir::new();
    build("tests/nodes/edges.py", &dir).0.code(0);

    let drawn = |_| run(&dir, &json!("draw"), &["--json"]).code(0).json()["result"].clone();
    let [one, other] = [0, 1].map(drawn);
    assert!(one[0] != other[0] && one[1] != other[1], "{one} {other}");

    let late = run(&dir, &json!("late"), &["--json"]).code(0);
    assert_eq!(
        late.json()["result"],
        json!([2, "xn--bcher-kva.example", "0.3"])
    );

    let broken = run(&dir, &json!("break"), &[]).code(3);
    for line in [
        "  File \"edges.py\", line 14, in edges",
        "    return DEEDS[payload]()",
        "    contact[\"name\"]",
        "KeyError: 'name'",
    ] {
        assert!(broken.stderr.contains(line), "{line}\n{}", broken.stderr);
    }
    assert!(!broken.stdout.contains("KeyError"), "{}", broken.stdout);
}

#[test]
#[ignore = "needs Python and pip"]
fn an_exception_at_import_names_the_authors_line() {
    let dir = Dir::new();
    let node = "from hospes_node import node\n\n\n@node(name='n', version='1.0.0')\n\
                def n(payload: bytes) -> None: ...\n";
    let file = dir.file("n.py", node).display().to_string();
    let (built, output) = build(&file, &dir);
    let built = built.code(2);
    let last = built.stderr.lines().last().unwrap();
    eq(
        last,
        &format!(
            "{file}:4: Inexpressible: payload: JSON can't express the type `bytes`; use `str`, with Base64 in it"
        ),
    );
    assert_eq!(built.stdout, "");
    assert!(!Path::new(&output).exists());
}

#[test]
#[ignore = "needs Python and pip"]
fn a_class_in_the_templates_form_sends_through_requests_and_never_has_the_key() {
    let dir = Dir::new();
    build("examples/acme/nodes/welcome.py", &dir).0.code(0);
    let component = fs::read(dir.path().join("node.wasm")).unwrap();
    let key = b"this text never enters the component";
    assert!(!component.windows(key.len()).any(|part| part == key));

    let mut mock = Mock::start(&dir, &json!([]), &[]);
    assert_eq!(mock.key, "mock-braze-key-not-a-secret");
    let arguments = [
        format!("--param=braze_url={}", mock.url),
        "--param=braze_user_track=users/track".to_owned(),
        "--secret=braze_api_key=env:KEY".to_owned(),
        "--allow=POST {braze_url}/users/track".to_owned(),
    ];
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let user = json!({"external_id": "ada", "first_name": "Ada"});
    let ended = run(&dir, &user, &arguments).code(0);
    assert!(
        ended.stdout.contains(r#"{ "success": "true" }"#),
        "{ended:#?}"
    );
    let sent = mock.line();
    assert_eq!(
        sent["body"],
        json!({"attributes": [user], "partner": "acme"})
    );
    assert_eq!(sent["answer"]["status"], 201);

    // Under another rule, nothing is sent: the flow takes the edge for failures.
    let other = [&arguments[..3], &["--allow=GET {braze_url}/users/track"]].concat();
    let denied = run(&dir, &user, &other).code(1);
    assert!(
        denied.stdout.starts_with("failure: unknown\n"),
        "{denied:#?}"
    );
    assert!(
        denied
            .stderr
            .contains("Welcome failed: denied: the egress policy denies"),
        "{denied:#?}"
    );
}

#[test]
#[ignore = "needs Python and pip"]
fn an_async_python_node_waits_for_several_upstreams_at_once() {
    let dir = Dir::new();
    let (built, _) = build("examples/enrich.py", &dir);
    assert_eq!(built.code(0).json()["world"], "node-async");

    // Answers nobody until all three have asked.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let upstream = std::thread::spawn(move || {
        let mut waiting = Vec::new();
        for _ in 0..3 {
            let (mut stream, _) = listener.accept().unwrap();
            let mut head = Vec::new();
            let mut byte = [0];
            while !head.ends_with(b"\r\n\r\n") {
                stream.read_exact(&mut byte).unwrap();
                head.push(byte[0]);
            }
            let path = String::from_utf8(head).unwrap();
            waiting.push((stream, path.split(' ').nth(1).unwrap().to_owned()));
        }
        for (mut stream, path) in waiting {
            let body = json!(path).to_string();
            let length = body.len();
            write!(
                stream,
                "HTTP/1.1 200 OK\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
            )
            .unwrap();
        }
    });
    let arguments = [
        format!("--param=crm_url={url}"),
        format!("--param=shop_url={url}"),
        format!("--param=desk_url={url}"),
        "--secret=crm_key=env:KEY".to_owned(),
        format!("--allow=GET {url}"),
        "--json".to_owned(),
    ];
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let ended = run(&dir, &json!({"user": "u-1"}), &arguments).code(0);
    assert_eq!(
        ended.json()["result"],
        json!({"contact": "/contacts/u-1", "orders": "/orders?user=u-1", "tickets": "/tickets?user=u-1"})
    );
    upstream.join().unwrap();
}

#[test]
fn every_listing_of_the_page_is_an_example_that_is_tested() {
    let page = fs::read_to_string(package().join("../../docs/python.md")).unwrap();
    let mut found = 0;
    for (before, listing) in page
        .split("```python\n")
        .zip(page.split("```python\n").skip(1))
    {
        let name = before.rsplit('`').nth(1).unwrap();
        let listing = listing.split("```").next().unwrap();
        let example = fs::read_to_string(package().join("examples").join(name)).unwrap();
        eq(listing, &example);
        found += 1;
    }
    assert_eq!(found, 5);
}
