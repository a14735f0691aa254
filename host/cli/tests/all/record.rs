//! `hospes run --record`, the schema of recordings, and the page
//! `docs/recordings.md`.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use hospes::recording::Recording;
use hospes_artifacts::{FETCH, HELLO};
use serde_json::{Value, json};

use crate::dir::Dir;
use crate::mock::Mock;

fn docs(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs");
    fs::read_to_string(path.join(name)).unwrap()
}

fn read(dir: &Dir, name: &str) -> Recording {
    let text = fs::read_to_string(dir.path().join(name)).unwrap();
    Recording::parse(&text).unwrap()
}

/// What is in a directory.
fn files(dir: &Dir) -> Vec<String> {
    let entries = fs::read_dir(dir.path()).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.collect()
}

#[test]
fn the_command_of_the_page_writes_a_recording_that_only_its_owner_reads() {
    let dir = Dir::new();
    fs::copy(HELLO, dir.path().join("hello.wasm")).unwrap();
    let page = docs("recordings.md");
    let (_, command) = page.split_once("```console\n$ hospes ").unwrap();
    let command = command.lines().next().unwrap();
    assert_eq!(
        command,
        "run hello.wasm --payload '{\"name\": \"Ada\"}' --record hello.recording.jsonl"
    );
    // The second one replaces the first.
    for _ in 0..2 {
        let args = ["run", "hello.wasm", "--payload", "{\"name\": \"Ada\"}"];
        let ended = dir
            .hospes(args)
            .args(["--record", "hello.recording.jsonl"])
            .run()
            .code(0);
        assert_eq!(ended.stderr, "");
        assert!(ended.stdout.starts_with("success\n"), "{}", ended.stdout);
    }
    assert!(read(&dir, "hello.recording.jsonl").is_complete());
    let mut found = files(&dir);
    found.sort();
    assert_eq!(found, ["hello.recording.jsonl", "hello.wasm"]);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let file = dir.path().join("hello.recording.jsonl");
        let mode = fs::metadata(file).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}

#[test]
fn a_recording_that_can_not_be_written_keeps_the_node_from_running() {
    let dir = Dir::new();
    fs::create_dir(dir.path().join("folder")).unwrap();
    for (path, why) in [
        ("none/x.jsonl", "entity not found"),
        (
            "folder",
            "it is a directory: name a file, such as run.recording.jsonl",
        ),
    ] {
        let args = ["run", HELLO, "--payload", "{}", "--record", path];
        let message = format!("error: --record {path}: {why}\n");
        dir.hospes(args).run().is(2, "", &message);
    }
    assert_eq!(files(&dir), ["folder"]);
}

#[test]
fn each_outcome_is_recorded_and_a_node_that_is_refused_leaves_no_file() {
    let dir = Dir::new();
    dir.file("no.wasm", "no component");
    let run = |node: &str, payload: &str| {
        let args = [
            "run",
            node,
            "--payload",
            payload,
            "--record",
            "x.jsonl",
            "--json",
        ];
        dir.hospes(args).run()
    };
    run("no.wasm", "{}").code(3);
    assert_eq!(files(&dir), ["no.wasm"]);
    let outcome = run(HELLO, "{\"name\": 1}").code(1).json();
    let recording = read(&dir, "x.jsonl");
    let last: Value = serde_json::from_str(recording.lines().last().unwrap()).unwrap();
    assert_eq!(last["failure"]["kind"], outcome["failure"]["kind"]);
    assert_eq!(last["usage"], outcome["usage"]);
}

#[test]
fn every_line_of_recordings_fits_the_schema_and_the_page_names_it() {
    let schema: Value = serde_json::from_str(&docs("recording.schema.json")).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let dir = Dir::new();
    let mock = Mock::start(&dir, &json!([]), &[]);
    let key = mock.key.clone();
    let origin = mock.url.trim_end_matches('/').to_owned();
    let requests = json!([
        {"method": "POST", "url": format!("{origin}/users/track"), "body": "{}",
         "secret": ["authorization", "key", "Bearer "]},
        {"method": "GET", "url": "https://elsewhere.example/", "headers": [["x-a", "b"]]},
    ]);
    let standard = json!([{"method": "POST", "url": format!("{origin}/"), "body": "late"}]);
    // No component that this crate can build draws any; `tests/all` records one that does.
    let random = json!({
        "event": "random", "source": "secure", "bytes": "AAE=", "chain": format!("sha256:{:064}", 0),
    });
    assert!(validator.is_valid(&random));
    let mut seen = BTreeSet::from(["random".to_owned()]);
    for (node, payload) in [
        (FETCH, requests),
        (hospes_artifacts::STANDARD_FETCH, standard),
        (hospes_artifacts::LOG_LINES, json!(["one"])),
        (hospes_artifacts::CLOCK_WATCHING, json!(null)),
    ] {
        let args = [
            "run",
            node,
            "--payload",
            &payload.to_string(),
            "--record",
            "x.jsonl",
        ];
        let granted = [
            "--allow",
            &origin,
            "--secret",
            "key=env:KEY",
            "--limit",
            "deadline=200ms",
        ];
        dir.hospes(args).args(granted).env("KEY", &key).run();
        let text = fs::read_to_string(dir.path().join("x.jsonl")).unwrap();
        assert!(!text.contains(&key));
        for line in read(&dir, "x.jsonl").lines() {
            let line: Value = serde_json::from_str(line).unwrap();
            if let Err(error) = validator.validate(&line) {
                panic!("{error}\n{line}");
            }
            seen.insert(line["event"].as_str().unwrap_or("first").to_owned());
            let mut other = line.clone();
            other["other"] = json!(1);
            assert!(!validator.is_valid(&other), "{other}");
        }
    }
    let definitions = schema["oneOf"].as_array().unwrap();
    let mut named: BTreeSet<String> = definitions
        .iter()
        .map(|one| {
            one["$ref"]
                .as_str()
                .unwrap()
                .rsplit('/')
                .next()
                .unwrap()
                .to_owned()
        })
        .collect();
    assert!(named.remove("header") && named.insert("first".to_owned()));
    assert_eq!(
        seen, named,
        "each kind of line is recorded and in the schema"
    );
    let page = docs("recordings.md");
    for name in named {
        let row = page.contains(&format!("| `{name}` |")) || page.contains(&format!("| {name} |"));
        assert!(row, "docs/recordings.md should have a row for `{name}`");
    }
}
