//! `hospes bench`.

use hospes_artifacts::{BRAZE_TRACK, HELLO};
use serde_json::{Value, json};

use crate::dir::{Dir, Ended};

const BRAZE: &[&str] = &[
    "bench",
    BRAZE_TRACK,
    "--payload",
    r#"{"user": {"email": "ada@example.com"}}"#,
    "--param",
    "braze_url=https://rest.iad-01.braze.com",
    "--secret",
    "braze_api_key=env:KEY",
    "--allow",
    "POST {braze_url}/users/track",
    "--duration",
    "100ms",
    "--json",
];

fn golden(dir: &Dir, url: &str) {
    let case = json!({
        "name": "accepted", "payload": null, "expect": {"route": "success"},
        "exchanges": [{
            "method": "POST", "url": url, "status": 201,
            "response": {"message": "success", "attributes_processed": 1}
        }]
    });
    dir.file("golden.json", case.to_string());
}

fn report(ended: &Ended) -> Value {
    serde_json::from_str(&ended.stdout).unwrap()
}

#[test]
fn a_node_is_measured_beside_itself_on_bare_wasmtime() {
    let dir = Dir::new();
    let flags = ["--callers", "3", "--duration", "100ms"];
    let hello = ["bench", HELLO, "--payload", r#"{"name": "Ada"}"#];
    let shown = dir.hospes(hello).args(flags).run().code(0).stdout;
    assert!(shown.starts_with("hello, 3 callers, 100ms\n"), "{shown}");
    for row in ["\nhospes ", "\nwasmtime ", "\nratio ", "#\n"] {
        assert!(shown.contains(row), "{row}: {shown}");
    }

    let report = report(&dir.hospes(hello).args(flags).arg("--json").run().code(0));
    for side in ["hospes", "wasmtime"] {
        let measured = &report[side];
        assert!(
            measured["outcomes"]["success"].as_u64() > Some(0),
            "{report}"
        );
        assert_eq!(
            measured["latency"]["count"], measured["outcomes"]["success"],
            "{report}"
        );
        assert!(measured["latency"]["p50_us"].as_u64() > Some(0), "{report}");
    }
    assert!(report["ratio"]["p50"].as_f64() > Some(0.0), "{report}");
}

#[test]
fn an_upstream_answers_from_a_golden_case_as_often_as_it_is_asked() {
    let dir = Dir::new();
    golden(&dir, "https://rest.iad-01.braze.com/users/track");
    let run = dir.hospes(BRAZE).env("KEY", "a-key-for-tests");
    let report = report(&run.args(["--golden", "golden.json"]).run().code(0));
    for side in ["hospes", "wasmtime"] {
        let outcomes = report[side]["outcomes"].as_object().unwrap();
        assert_eq!(outcomes.keys().collect::<Vec<_>>(), ["success"], "{report}");
        assert_eq!(report[side]["requests"], 1.0, "{report}");
    }
}

#[test]
fn a_request_without_an_answer_is_a_failure_that_is_counted() {
    let dir = Dir::new();
    golden(&dir, "https://rest.iad-01.braze.com/elsewhere");
    let run = dir.hospes(BRAZE).env("KEY", "a-key-for-tests");
    let report = report(&run.args(["--golden", "golden.json"]).run().code(1));
    let outcomes = report["hospes"]["outcomes"].as_object().unwrap();
    assert_eq!(
        outcomes.keys().collect::<Vec<_>>(),
        ["unavailable"],
        "{report}"
    );
}

#[test]
fn a_golden_case_that_is_none_is_wrong_usage() {
    let dir = Dir::new();
    dir.file("golden.json", "{}");
    for (file, message) in [
        ("none.json", "--golden none.json: No such file or directory"),
        ("golden.json", "--golden golden.json: missing field `name`"),
    ] {
        let run = dir.hospes(BRAZE).env("KEY", "a-key-for-tests");
        let ended = run.args(["--golden", file]).run().code(2);
        assert!(ended.stderr.contains(message), "{}", ended.stderr);
        assert_eq!(ended.stdout, "");
    }
}
