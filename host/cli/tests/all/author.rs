//! `hospes new`, `hospes build` and `hospes test`.

use std::env;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use crate::dir::{Dir, Ended, TestCommand};

/// A command with the toolchain of this workspace, and no network.
fn author(dir: &Dir, args: &[&str]) -> TestCommand {
    let bin = Path::new(env!("CARGO")).parent().unwrap().to_owned();
    let path = env::var_os("PATH").unwrap_or_default();
    let path = env::join_paths([bin].into_iter().chain(env::split_paths(&path))).unwrap();
    let home = || PathBuf::from(env::var_os("HOME").unwrap()).join(".cargo");
    let cargo = env::var_os("CARGO_HOME").map_or_else(home, PathBuf::from);
    // Shared by the tests: what comes from the registry is compiled once.
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("author");
    dir.hospes(args)
        .env("PATH", path.to_str().unwrap())
        .env("CARGO_HOME", cargo.to_str().unwrap())
        .env("CARGO_NET_OFFLINE", "true")
        .env("CARGO_TARGET_DIR", target.to_str().unwrap())
        .env("XDG_CACHE_HOME", dir.path().to_str().unwrap())
}

/// Makes a node that uses the versions that this workspace has downloaded.
fn made(dir: &Dir, name: &str) -> PathBuf {
    let made = author(dir, &["new", name, "--lang", "rust"]).run();
    let next = format!(
        "made: {name}\n\n  cd {name}\n  hospes test\n  hospes run {name} --payload payload.json\n"
    );
    made.is(0, &next, "");
    let lock = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../Cargo.lock");
    fs::copy(lock, dir.path().join(name).join("Cargo.lock")).unwrap();
    dir.path().join(name)
}

fn change(file: &Path, from: &str, to: &str) {
    let text = fs::read_to_string(file).unwrap();
    assert!(text.contains(from), "{}: {from}", file.display());
    fs::write(file, text.replace(from, to)).unwrap();
}

/// The commands of `docs/rust.md`, in their order, in the folder that the first
/// one makes.
#[test]
fn the_page_and_the_tree_have_the_commands_that_this_runs() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/rust.md");
    let page = fs::read_to_string(page).unwrap();
    let commands: Vec<&str> = page
        .lines()
        .filter_map(|line| line.strip_prefix("$ "))
        .collect();
    let [new, cd, rest @ ..] = commands.as_slice() else {
        panic!("{commands:?}");
    };
    assert_eq!((*new, *cd), ("hospes new greet --lang rust", "cd greet"));
    let dir = Dir::new();
    let greet = made(&dir, "greet");
    let readme = fs::read_to_string(greet.join("README.md")).unwrap();
    for command in rest {
        let args: Vec<&str> = command.split(' ').skip(1).collect();
        let mut command = author(&dir, &args).command();
        let output = command.current_dir(&greet).output().unwrap();
        assert!(output.status.success(), "{output:?}");
    }
    for line in readme.lines().filter(|line| line.starts_with("$ ")) {
        assert!(page.contains(line), "{line}");
    }
    for file in page.lines().filter_map(|line| line.strip_prefix("| `")) {
        let file = file.split('`').next().unwrap();
        assert!(greet.join(file).exists(), "{file}");
    }
}

#[test]
fn a_new_node_builds_passes_its_tests_and_runs() {
    let dir = Dir::new();
    let greet = made(&dir, "greet");

    let built = author(&dir, &["build", "greet", "--json"]).run().code(0);
    let first = built.json();
    assert_eq!(first["component"], "greet/build/greet.wasm");
    assert_eq!(first["world"], "node");
    // The same sources give the same digest, also without what was built.
    fs::remove_dir_all(greet.join("build")).unwrap();
    let again = author(&dir, &["build", "greet"]).run().code(0).stdout;
    let digest = first["digest"].as_str().unwrap();
    assert_eq!(again, format!("greet/build/greet.wasm {digest}\n"));

    let tested = author(&dir, &["test", "greet"]).run().code(0);
    assert_eq!(
        tested.stdout,
        "ok golden/greets.json\nok golden/refuses.json\n2 golden cases: 2 passed, 0 failed\n"
    );
    assert!(tested.stderr.contains("2 passed"), "{tested:?}");

    let run = |payload: &str| {
        let args = ["run", "greet", "--solution", "greet/hospes.toml", "--json"];
        author(&dir, &args).args(["--payload", payload]).run()
    };
    let greeted = run("greet/payload.json").code(0).json();
    assert_eq!(greeted["result"]["greeting"], "Hello, Ada.");
    let refused = run(r#"{"name": ""}"#).code(1).json();
    assert_eq!(refused["failure"]["kind"], "invalid-payload");
    author(&dir, &["check", "--solution", "greet/hospes.toml"])
        .run()
        .code(0);
}

#[test]
fn what_fails_is_shown_and_what_does_not_compile_names_file_and_line() {
    let dir = Dir::new();
    let polite = made(&dir, "polite");
    let lib = polite.join("src/lib.rs");
    change(&lib, "\"Hello, {}.\"", "\"Good morning, {}.\"");
    let tested = author(&dir, &["test", "polite"]).run().code(1);
    assert_eq!(
        tested.stdout,
        "failed golden/greets.json in dev\n  expected: \"Hello, Ada.\" at /greeting\n  found:    \"Good morning, Ada.\"\n\
         ok golden/refuses.json\n2 golden cases: 1 passed, 1 failed\n"
    );
    let last = "failed: the native tests, see above\n";
    assert!(tested.stderr.ends_with(last), "{tested:?}");

    change(&polite.join("golden/greets.json"), "\"route\"", "\"rout\"");
    let broken = author(&dir, &["test", "polite"]).run().code(2);
    assert!(broken.stderr.contains("greets.json"), "{broken:?}");

    let before = fs::read(polite.join("build/polite.wasm")).unwrap();
    change(&lib, "payload.name.is_empty()", "payload.nam.is_empty()");
    let Ended { stdout, stderr, .. } = author(&dir, &["build", "polite"]).run().code(2);
    assert_eq!(stdout, "");
    assert!(stderr.contains("src/lib.rs:38:"), "{stderr}");
    let last = "error: the node in polite does not compile; the errors above name file and line\n";
    assert!(stderr.ends_with(last), "{stderr}");
    // What was built before is still there, whole.
    assert_eq!(fs::read(polite.join("build/polite.wasm")).unwrap(), before);
}

#[test]
fn a_name_or_a_folder_that_can_not_be_used_is_an_error_that_says_what_to_do() {
    let dir = Dir::new();
    fs::create_dir(dir.path().join("taken")).unwrap();
    for (args, message) in [
        (
            ["new", "taken", "--lang", "js"].as_slice(),
            "error: taken exists: choose another name, or remove it first\n",
        ),
        (
            &["new", "My Node", "--lang", "js"],
            "error: `My Node` can't be a node's name: use up to 64 lowercase letters, digits and single `-`, and begin \
             with a letter, such as `my-node`\n",
        ),
        (
            &["new", "nowhere/greet", "--lang", "js"],
            "error: there is no folder nowhere: make it first\n",
        ),
        (
            &["build", "taken"],
            "error: there is no node in taken: name a folder with a Cargo.toml, a pyproject.toml or a package.json, or make a node with `hospes new NAME`\n",
        ),
        (
            &["test", "taken"],
            "error: there is no node in taken: name a folder with a Cargo.toml, a pyproject.toml or a package.json, or make a node with `hospes new NAME`\n",
        ),
        (
            &["new", "greet"],
            "error: the language is missing: add `--lang rust`, `--lang python` or `--lang js`\n",
        ),
        (
            &["build", "greet.rs"],
            "error: greet.rs is not a node's source: name a .py, .js or .ts file, or the folder of a node\n",
        ),
        (
            &["build", "greet.py", "--engine", "quickjs"],
            "error: a node in Python has no engine to choose: leave out `--engine`\n",
        ),
        (
            &["test", "greet.py"],
            "error: greet.py is a file: name the folder of the node, which has its tests\n",
        ),
    ] {
        for file in ["greet.rs", "greet.py"] {
            dir.file(file, "");
        }
        dir.hospes(args).run().is(2, "", message);
    }
    let left: Vec<_> = fs::read_dir(dir.path()).unwrap().collect();
    assert_eq!(left.len(), 3, "{left:?}");
}

/// A folder of programs that say this much.
fn programs(dir: &Dir, program: &str, says: &str) -> String {
    use std::os::unix::fs::PermissionsExt;

    let bin = dir.path().join("bin");
    fs::create_dir(&bin).unwrap();
    let script = bin.join(program);
    fs::write(&script, format!("#!/bin/sh\n{says}\n")).unwrap();
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).unwrap();
    symlink("/bin/sh", bin.join("sh")).unwrap();
    bin.to_str().unwrap().to_owned()
}

#[test]
fn a_toolchain_that_is_missing_or_too_old_comes_with_the_command_that_gets_it() {
    for (rustc, message) in [
        (
            None,
            "error: `rustc` is not installed; to get it, run: curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh\n",
        ),
        (
            Some("echo 'rustc 1.70.0 (abc 2023-06-01)'"),
            "error: rustc 1.70.0 (abc 2023-06-01) is too old, and rustc 1.95 is needed; to get it, run: rustup update\n",
        ),
        (
            Some("if [ $1 = --version ]; then echo rustc 1.95.0; else echo /nowhere/lib; fi"),
            "error: rustc can't compile for wasm32-wasip2 yet; to add it, run: rustup target add wasm32-wasip2\n",
        ),
    ] {
        let dir = Dir::new();
        dir.hospes(["new", "greet", "--lang", "rust"]).run().code(0);
        let path = rustc.map_or("/nowhere".to_owned(), |rustc| {
            programs(&dir, "rustc", rustc)
        });
        dir.hospes(["build", "greet"])
            .env("PATH", &path)
            .run()
            .is(2, "", message);
    }
}

/// Does what `hospes new` says is next, until there is an outcome, and then breaks the node.
fn begins(lang: &str, source: &str, greeting: [&str; 2], mistake: [&str; 2], place: &str) {
    let dir = Dir::new();
    let new = dir.hospes(["new", "greet", "--lang", lang]).run().code(0);
    let readme = fs::read_to_string(dir.path().join("greet/README.md")).unwrap();
    let page = match lang {
        "python" => "python.md",
        _ => "javascript.md",
    };
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs");
    let page = fs::read_to_string(docs.join(page)).unwrap();
    let (_, next) = new.stdout.split_once("\n\n").unwrap();
    let mut script = String::from("set -e\nexec 2>&1\n");
    for line in next.lines().map(str::trim) {
        assert!(
            line == "cd greet" || readme.contains(&format!("$ {line}\n")),
            "{line}"
        );
        assert!(page.contains(&format!("$ {line}\n")), "{line}");
        script += &format!("{line}\n");
    }
    let script = dir.file("script.sh", script);
    let bin = Path::new(env!("CARGO_BIN_EXE_hospes")).parent().unwrap();
    let path = env::var_os("PATH").unwrap_or_default();
    let path =
        env::join_paths([bin.to_owned()].into_iter().chain(env::split_paths(&path))).unwrap();
    let author = |args: &[&str]| {
        dir.hospes(args)
            .env("PATH", path.to_str().unwrap())
            .env("XDG_CACHE_HOME", dir.path().to_str().unwrap())
    };
    let mut command = std::process::Command::new("/bin/sh");
    let output = command
        .arg(&script)
        .current_dir(dir.path())
        .env("PATH", &path)
        .env("XDG_CACHE_HOME", dir.path())
        .env_remove("VIRTUAL_ENV")
        .output()
        .unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{printed}");
    for line in [
        "2 golden cases: 2 passed, 0 failed\n",
        "{ \"greeting\": \"Hello, Ada.\" }\n",
    ] {
        assert!(printed.contains(line), "{printed}");
    }

    // What is unchanged is not built again.
    let again = author(&["build", "greet"]).run().code(0);
    assert!(
        again.stdout.starts_with("greet/build/greet.wasm sha256:"),
        "{again:?}"
    );
    assert!(!again.stderr.contains("making"), "{again:?}");

    let source = dir.path().join("greet").join(source);
    let before = fs::read(dir.path().join("greet/build/greet.wasm")).unwrap();
    change(&source, mistake[0], mistake[1]);
    let broken = author(&["build", "greet"]).run().code(2);
    assert!(broken.stderr.contains(place), "{broken:?}");
    let after = fs::read(dir.path().join("greet/build/greet.wasm")).unwrap();
    assert_eq!(before, after);
    change(&source, mistake[1], mistake[0]);
    change(&source, greeting[0], greeting[1]);
    let failed = author(&["test", "greet"]).run().code(1);
    assert!(
        failed.stdout.contains("found:    \"Good day, Ada.\""),
        "{failed:?}"
    );
    assert!(
        failed
            .stderr
            .ends_with("failed: the native tests, see above\n"),
        "{failed:?}"
    );
}

#[test]
#[ignore = "needs Python and pip"]
fn a_new_node_in_python_builds_passes_its_tests_and_runs() {
    let greeting = ["f\"Hello, ", "f\"Good day, "];
    let mistake = [
        "from dataclasses import",
        "import nowhere\nfrom dataclasses import",
    ];
    begins("python", "node.py", greeting, mistake, "node.py:3: ");
}

#[test]
#[ignore = "needs Node.js and npm"]
fn a_new_node_in_javascript_builds_passes_its_tests_and_runs() {
    let greeting = ["`Hello, ", "`Good day, "];
    let mistake = ["import { Failure", "import 'nowhere';\nimport { Failure"];
    begins("js", "index.js", greeting, mistake, "index.js:3: ");
}

#[test]
fn what_a_node_needs_is_named_with_the_command_that_gets_it() {
    for (lang, program, says, message) in [
        (
            "python",
            "python3",
            "exit 0",
            "the Python package hospes-node is not installed; to get it, run: cd greet && python3 -m venv venv && venv/bin/python3 -m pip install -r requirements.txt",
        ),
        (
            "python",
            "python3",
            "echo 3.9.2",
            "Python 3.9.2 is too old, and Python 3.11 is needed; to get it, run: apt-get install python3.11 python3.11-venv",
        ),
        (
            "js",
            "node",
            "echo v18.19.1",
            "Node.js 18.19.1 is too old, and Node.js 20 is needed; to get it, run: cd greet && npm install node@22",
        ),
        (
            "js",
            "node",
            "echo v20.0.0",
            "the npm package hospes-node is not installed; to get it, run: cd greet && npm install",
        ),
        (
            "python",
            "",
            "",
            "`python3` is not installed; to get it, run: apt-get install python3 python3-venv",
        ),
        (
            "js",
            "",
            "",
            "`node` is not installed; to get it, run: apt-get install nodejs npm",
        ),
    ] {
        let dir = Dir::new();
        dir.hospes(["new", "greet", "--lang", lang]).run().code(0);
        let path = match program {
            "" => "/nowhere".to_owned(),
            program => programs(&dir, program, says),
        };
        dir.hospes(["build", "greet"]).env("PATH", &path).run().is(
            2,
            "",
            &format!("error: {message}\n"),
        );
        assert!(!dir.path().join("greet/build").exists());
    }
}
