//! The README's commands and its first node, tried as a reader would.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::dir::Dir;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .canonicalize()
        .unwrap()
}

fn readme() -> String {
    fs::read_to_string(root().join("README.md")).unwrap()
}

/// The first fenced block of a language after some words.
#[track_caller]
fn block(readme: &str, after: &str, language: &str) -> String {
    let rest = &readme[readme.find(after).unwrap()..];
    let fence = format!("```{language}\n");
    let rest = &rest[rest.find(&fence).unwrap() + fence.len()..];
    rest[..rest.find("```").unwrap()].to_owned()
}

#[test]
fn the_first_node_of_the_readme_compiles_runs_and_fails_as_it_says() {
    let (readme, root, dir) = (readme(), root(), Dir::new());
    let greet = dir.path().join("greet");
    fs::create_dir_all(greet.join("src")).unwrap();
    let sdk = format!("{:?}", root.join("guest/rust"));
    let manifest = block(&readme, "`greet/Cargo.toml`:", "toml");
    assert!(manifest.contains("\"../hospes/guest/rust\""));
    fs::write(
        greet.join("Cargo.toml"),
        manifest.replace("\"../hospes/guest/rust\"", &sdk),
    )
    .unwrap();
    fs::write(
        greet.join("src/main.rs"),
        block(&readme, "`greet/src/main.rs`:", "rust"),
    )
    .unwrap();
    // The versions that this workspace has already downloaded.
    fs::copy(root.join("Cargo.lock"), greet.join("Cargo.lock")).unwrap();

    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("greet");
    let build = Command::new(env!("CARGO"))
        .args([
            "build",
            "--release",
            "--offline",
            "--target",
            "wasm32-wasip2",
        ])
        .current_dir(&greet)
        .env("CARGO_TARGET_DIR", &target)
        .env_remove("RUSTFLAGS")
        .output()
        .unwrap();
    assert!(
        build.status.success(),
        "{}",
        String::from_utf8_lossy(&build.stderr)
    );

    let component = target.join("wasm32-wasip2/release/greet.wasm");
    let run = |payload: &str| {
        dir.hospes(["run", "--json", "--payload", payload])
            .arg(&component)
            .run()
    };
    let greeted = run(r#"{"name": "Ada"}"#).code(0).json();
    assert_eq!(greeted["result"]["greeting"], "Hello, Ada.");
    let refused = run(r#"{"name": ""}"#).code(1).json();
    assert_eq!(refused["failure"]["kind"], "invalid-payload");
}

/// A command that gets into the README gets a test that runs it.
#[test]
fn every_command_of_the_readme_is_run_somewhere() {
    let readme = readme();
    let commands: Vec<&str> = readme
        .lines()
        .filter_map(|line| line.strip_prefix("$ "))
        .collect();
    let run = [
        // By `.ci/run`.
        "cargo run -- demo",
        "cargo test --workspace",
        // By the test above.
        "cargo build --release --target wasm32-wasip2",
        "cargo run -- run ../greet/target/wasm32-wasip2/release/greet.wasm --payload '{\"name\": \"Ada\"}'",
        // By `.ci/run`.
        "cargo build --workspace --examples",
        "target/debug/examples/embed",
        // By the tests of `mock braze`.
        "cargo run -- mock braze",
        // By hand: a benchmark on a busy machine says nothing.
        "cargo bench --workspace --bench execution",
    ];
    assert_eq!(commands, run);
}
