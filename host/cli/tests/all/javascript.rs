//! Nodes in JavaScript: the package `hospes-node` in `guest/js`, from its own tests to components in the host.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, PoisonError};

use serde_json::json;

use crate::conformance::conforms;
use crate::dir::{Dir, Ended, TestCommand, eq};
use crate::golden;
use crate::guests_page::follow;

const ENGINES: [(&str, &str); 2] = [("starlingmonkey", "node"), ("quickjs", "node-async")];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let (name, path) = (entry.file_name(), entry.path());
        if name == "node_modules" {
            continue;
        }
        if path.is_dir() {
            copy(&path, &to.join(name));
        } else {
            fs::copy(&path, to.join(name)).unwrap();
        }
    }
}

/// A copy of the package, with what its lock file pins.
fn package() -> PathBuf {
    static MAKING: Mutex<()> = Mutex::new(());
    let _alone = MAKING.lock().unwrap_or_else(PoisonError::into_inner);

    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("hospes-node");
    copy(&root().join("guest/js"), &folder);
    let pinned = fs::read(folder.join("package-lock.json")).unwrap();
    let stamp = folder.join("node_modules/installed.json");
    if !fs::read(&stamp).is_ok_and(|installed| installed == pinned) {
        npm(&folder, &["ci", "--no-audit", "--no-fund"]).code(0);
        fs::write(stamp, pinned).unwrap();
    }
    folder
}

fn npm(folder: &Path, args: &[&str]) -> Ended {
    let mut command = Command::new("npm");
    command
        .current_dir(folder)
        .env("BRAZE_TRACK_GOLDEN", golden::braze_track())
        .args(args);
    TestCommand::from(command).run()
}

/// Builds a node in a directory.
fn build(dir: &Dir, source: &Path, engine: &str) -> Ended {
    let mut command = Command::new("node");
    command
        .current_dir(dir.path())
        .arg(package().join("bin/hospes-node.js"))
        .arg("build")
        .arg(source)
        .args(["--output", "node.wasm", "--engine", engine]);
    TestCommand::from(command).run()
}

/// Runs it. How long compiling takes is the machine's affair.
fn run(dir: &Dir, payload: &str, args: &[&str]) -> Ended {
    dir.hospes(["run", "node.wasm", "--cache", "cache"])
        .args(["--limit", "compile=10m", "--payload", payload])
        .args(args)
        .run()
}

#[test]
#[ignore = "needs Node.js and npm"]
fn the_javascript_package_passes_its_tests_and_its_lints() {
    let package = package();
    npm(&package, &["test"]).code(0);
    npm(&package, &["run", "check"]).code(0);
}

#[test]
#[ignore = "needs Node.js and npm"]
fn hello_in_javascript_does_on_both_engines_what_it_does_in_rust() {
    let dir = Dir::new();
    let source = package().join("examples/hello.js");
    for (engine, world) in ENGINES {
        let built = build(&dir, &source, engine).code(0);
        assert_eq!(
            built.json(),
            json!({"component": "node.wasm", "world": world})
        );
        for (payload, greeting) in [
            (r#"{"name": "Ada"}"#, "Hello, Ada."),
            ("{}", "Hello, world."),
        ] {
            let ended = run(&dir, payload, &["--json"]).code(0);
            assert_eq!(ended.json()["result"], json!({"greeting": greeting}));
        }
    }
    // The last one is on QuickJS, which is compiled well within the limit.
    let about = dir.hospes(["inspect", "node.wasm"]).run();
    assert!(about.stdout.contains("Greets by name."), "{about:#?}");
}

#[test]
#[ignore = "needs Node.js and npm"]
fn a_node_in_javascript_conforms_on_both_engines() {
    let source = package().join("test/conformance.js");
    for (engine, _) in ENGINES {
        let dir = Dir::new();
        build(&dir, &source, engine).code(0);
        conforms(&dir.path().join("node.wasm"));
    }
}

#[test]
#[ignore = "needs Node.js and npm"]
fn the_braze_node_in_typescript_passes_the_cases_of_the_braze_node_on_both_engines() {
    let source = package().join("examples/braze-track/node.ts");
    for (engine, _) in ENGINES {
        let dir = Dir::new();
        build(&dir, &source, engine).code(0);
        let component = dir.path().join("node.wasm");
        golden::passes(&golden::braze_track(), "braze-track", &component);
    }
}

const BREAKS: &str = r"import { node } from 'hospes-node';

function drawn() {
  return [Math.random(), crypto.randomUUID()];
}

export default node({ name: 'breaks', version: '0.1.0', result: { type: ['array', 'string'] } }, ({ payload }) => {
  if (payload === 'boom') {
    throw new Error('boom');
  }
  return payload === 'draw' ? drawn() : 1;
});
";

#[test]
#[ignore = "needs Node.js and npm"]
fn a_bug_in_javascript_shows_its_author_where_and_two_executions_draw_different_numbers() {
    let dir = Dir::new();
    let source = dir.file("breaks.js", BREAKS);
    for (engine, _) in ENGINES {
        build(&dir, &source, engine).code(0);

        let draw = |_| run(&dir, r#""draw""#, &["--json"]).code(0).json()["result"].clone();
        let [one, other] = [0, 1].map(draw);
        assert!(one[0] != other[0] && one[1] != other[1], "{one} {other}");

        for (payload, error, place) in [
            (r#""boom""#, "Error: boom", "breaks.js:9"),
            (
                "null",
                "TypeError: result: expected an array or a string, found an integer",
                "breaks.js:7",
            ),
        ] {
            let ended = run(&dir, payload, &[]).code(1);
            let first: Vec<&str> = ended.stdout.lines().take(2).collect();
            let bug = "a bug in the node: its log says where";
            assert_eq!(first, ["failure: internal", bug], "{engine}");
            for line in [error, place] {
                assert!(ended.stderr.contains(line), "{engine} {ended:#?}");
            }
        }
    }
}

#[test]
#[ignore = "needs Node.js and npm"]
fn the_nodes_in_javascript_do_what_their_page_says() {
    let dir = Dir::new();
    let headings = [
        "## Before you start",
        "## The first node",
        "## Tests",
        "## Requests and secrets",
    ];
    assert_eq!(follow(&dir, "docs/javascript.md", &headings), 17);
}

#[test]
fn every_listing_of_the_page_is_an_example_of_the_package() {
    let page = fs::read_to_string(root().join("docs/javascript.md")).unwrap();
    let mut parts = page.split("```");
    let mut found = 0;
    while let (Some(before), Some(block)) = (parts.next(), parts.next()) {
        let (language, listing) = block.split_once('\n').unwrap();
        if ["javascript", "typescript"].contains(&language) {
            let name = before.rsplit('`').nth(1).unwrap();
            let example = root().join("guest/js/examples").join(name);
            eq(listing, &fs::read_to_string(example).unwrap());
            found += 1;
        }
    }
    assert_eq!(found, 3);
}

#[test]
fn the_javascript_package_carries_the_contract_and_the_licence() {
    let [ours, theirs] = ["wit", "guest/js/wit"].map(|folder| {
        let mut files: Vec<(String, String)> = fs::read_dir(root().join(folder))
            .unwrap()
            .map(|file| file.unwrap().path())
            .map(|path| {
                let name = path.file_name().unwrap().to_string_lossy().into_owned();
                (name, fs::read_to_string(path).unwrap())
            })
            .collect();
        files.sort();
        files
    });
    assert_eq!(ours, theirs);
    let [ours, theirs] =
        ["LICENSE", "guest/js/LICENSE"].map(|file| fs::read_to_string(root().join(file)).unwrap());
    eq(&theirs, &ours);
}
