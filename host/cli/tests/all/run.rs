//! `hospes run`: payloads, outcomes, exit codes.

use hospes_artifacts::HELLO;
use serde_json::json;

use crate::dir::{Dir, eq};

/// A line like `hello 0.1.0 (sha256:0123456789ab): 1 attempt, 12 ms, ...`
/// without what differs from run to run.
#[track_caller]
fn without_cost(stdout: &str) -> &str {
    let (answer, cost) = stdout.trim_end().rsplit_once('\n').unwrap();
    assert!(cost.starts_with("hello"), "{cost}");
    assert!(cost.contains(" of memory, 0 requests"), "{cost}");
    answer
}

#[test]
fn the_payload_is_json_a_file_or_standard_input() {
    let dir = Dir::new();
    dir.file("ada.json", "{\"name\": \"Ada\"}\n");
    for payload in ["{\"name\": \"Ada\"}", "ada.json", "./ada.json", "-"] {
        let ended = dir
            .hospes(["run", HELLO, "--payload", payload])
            .input("{\"name\": \"Ada\"}")
            .run()
            .code(0);
        eq(
            without_cost(&ended.stdout),
            "success\n{ \"greeting\": \"Hello, Ada.\" }",
        );
        assert_eq!(ended.stderr, "");
    }
}

#[test]
fn a_payload_that_is_not_json_is_wrong_usage() {
    let dir = Dir::new();
    dir.file("wrong.json", "{'name': 1}");
    for (payload, message) in [
        (
            "{\"name\": ",
            "the payload (--payload) is not valid JSON: EOF while parsing a value at line 1 column 9",
        ),
        (
            "wrong.json",
            "the payload (wrong.json) is not valid JSON: key must be a string at line 1 column 2",
        ),
        (
            "-",
            "the payload (standard input) is not valid JSON: EOF while parsing a value at line 1 column 0",
        ),
        (
            "none.json",
            "can't read the payload none.json: No such file or directory (os error 2)",
        ),
    ] {
        for json in [&[][..], &["--json"]] {
            let run = dir
                .hospes(["run", HELLO, "--payload", payload])
                .args(json)
                .run();
            run.is(2, "", &format!("error: {message}\n"));
        }
    }
}

#[test]
fn the_outcome_document_has_the_documented_shape() {
    let dir = Dir::new();
    let outcome = dir
        .hospes(["run", HELLO, "--payload", "{\"name\": \"Zoë\"}", "--json"])
        .run()
        .code(0)
        .json();
    let mut keys: Vec<_> = outcome.as_object().unwrap().keys().collect();
    keys.sort();
    assert_eq!(
        keys,
        [
            "attempts",
            "execution_id",
            "logs",
            "node",
            "result",
            "revision",
            "route",
            "usage"
        ]
    );
    assert_eq!(outcome["route"], "success");
    assert_eq!(outcome["result"], json!({"greeting": "Hello, Zoë."}));
    assert_eq!(outcome["node"], "hello");
    assert_eq!(outcome["attempts"], 1);
    assert_eq!(outcome["revision"]["version"], "0.1.0");
    let digest = outcome["revision"]["digest"].as_str().unwrap();
    assert!(
        digest.starts_with("sha256:") && digest.len() == 71,
        "{digest}"
    );
}

#[test]
fn a_node_that_is_stopped_is_exit_3() {
    let dir = Dir::new();
    for (limit, kind, message) in [
        (
            "payload=2",
            "payload-too-large",
            "the payload has 15 bytes, 2 are allowed (limit `payload`)",
        ),
        (
            "result=2",
            "result-too-large",
            "the result has more than 2 bytes (limit `result`)",
        ),
    ] {
        let run = || {
            dir.hospes([
                "run",
                HELLO,
                "--payload",
                "{\"name\": \"Ada\"}",
                "--limit",
                limit,
            ])
        };
        let ended = run().run().code(3);
        let text = format!("failure: {kind} (source: host)\n{message}");
        eq(without_cost(&ended.stdout), &text);
        assert_eq!(ended.stderr, "");

        let outcome = run().arg("--json").run().code(3).json();
        let failure = json!({"kind": kind, "message": message, "source": "host"});
        assert_eq!(outcome["failure"], failure);
    }
}

#[test]
fn a_file_that_is_no_component_is_refused() {
    let dir = Dir::new();
    for (content, message) in [
        (
            &b"hello"[..],
            "x.wasm: this is not a component: it is not a WebAssembly file",
        ),
        (b"", "x.wasm: this is not a component: it is empty"),
        (
            b"\0asm\x01\0\0\0",
            "x.wasm: this is not a component: it is a core WebAssembly module; build it for the target wasm32-wasip2",
        ),
    ] {
        dir.file("x.wasm", content);
        let run = || dir.hospes(["run", "x.wasm", "--payload", "{}"]);
        run().run().is(3, "", &format!("error: {message}\n"));
        let outcome = run().arg("--json").run().code(3).json();
        assert_eq!(outcome["route"], "failure");
        assert_eq!(
            outcome["failure"],
            json!({"kind": "refused", "message": message, "source": "host"})
        );
        assert_eq!(outcome["node"], "x");
    }
}

#[test]
fn a_file_that_is_not_there_is_wrong_usage() {
    let dir = Dir::new();
    for json in [&[][..], &["--json"]] {
        dir.hospes(["run", "gone.wasm", "--payload", "{}"])
            .args(json)
            .run()
            .is(
                2,
                "",
                "error: can't read gone.wasm: No such file or directory (os error 2)\n",
            );
    }
    dir.hospes(["run", "gone", "--payload", "{}"]).run().is(
        2,
        "",
        "error: `gone` is not a file, and there is no hospes.toml here that could define it: give a `.wasm` file, \
         or a solution file with --solution\n",
    );
}

#[test]
fn compiled_components_are_kept_where_told() {
    let dir = Dir::new();
    let run = || {
        dir.hospes(["run", HELLO, "--payload", "{}", "--cache", "cache"])
            .run()
            .code(0)
    };
    run();
    let kept = || std::fs::read_dir(dir.path().join("cache")).unwrap().count();
    let first = kept();
    assert!(first > 0);
    run();
    assert_eq!(kept(), first);
}

#[test]
fn compiled_components_are_kept_for_the_user_unless_told_otherwise() {
    let dir = Dir::new();
    let cache = dir.path().join("home/.cache/hospes");
    let run = |args: &[&str]| {
        let home = dir.path().join("home");
        let command = dir.hospes(args).env("HOME", home.to_str().unwrap());
        command.run().code(0)
    };
    let kept = || std::fs::read_dir(&cache).map_or(0, Iterator::count);
    run(&["run", HELLO, "--payload", "{}", "--no-cache"]);
    assert_eq!(kept(), 0);
    run(&["run", HELLO, "--payload", "{}"]);
    let first = kept();
    assert!(first > 0);
    // Every verb shares what one has compiled.
    run(&["inspect", HELLO]);
    assert_eq!(kept(), first);
}

/// Native code that others could have written is not run.
#[test]
#[cfg(unix)]
fn a_users_cache_that_others_can_write_to_is_not_used() {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::PermissionsExt;

    let dir = Dir::new();
    let cache = dir.path().join("hospes");
    fs::create_dir(&cache).unwrap();
    let run = |mode: u32| {
        fs::set_permissions(&cache, Permissions::from_mode(mode)).unwrap();
        let command = dir.hospes(["run", HELLO, "--payload", "{}"]);
        let caches = dir.path().to_str().unwrap();
        command.env("XDG_CACHE_HOME", caches).run().code(0)
    };
    let open = run(0o777);
    let said = format!(
        "no cache: the compile cache can't be used: {}: others can write to it; run `chmod 700` on it\n",
        cache.display()
    );
    assert_eq!(open.stderr, said);
    assert_eq!(fs::read_dir(&cache).unwrap().count(), 0);

    assert_eq!(run(0o700).stderr, "");
    assert!(fs::read_dir(&cache).unwrap().count() > 0);
}

#[test]
fn a_refusal_for_size_names_the_limit_that_would_do() {
    let dir = Dir::new();
    let component = dir.file("large.wasm", vec![0; (33 << 20) + 1]);
    let run = |limit: &[&str]| {
        let command = dir.hospes(["run", "large.wasm", "--payload", "{}"]);
        command.args(limit).run().code(3)
    };
    assert_eq!(
        run(&[]).stderr,
        "error: large.wasm: the component is larger than 32MiB (limit `component`); to admit it, add `--limit \
         component=34MiB`, or `component = \"34MiB\"` to the node's limits in the solution file\n"
    );
    // With it, the file is read, and refused for what it is.
    let read = run(&["--limit", "component=34MiB"]).stderr;
    assert!(read.ends_with("it is not a WebAssembly file\n"), "{read}");
    std::fs::remove_file(component).unwrap();
}
