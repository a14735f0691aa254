//! The cases of `docs/conformance.md`, with the node of each SDK.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use crate::dir::{Dir, Ended};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/conformance")
}

fn cases() -> BTreeSet<String> {
    let files = fs::read_dir(folder().join("cases")).unwrap();
    files
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .collect()
}

/// Checks a component against all cases, and by executions what no golden case can compare.
pub(crate) fn conforms(component: &Path) {
    let dir = Dir::new();
    fs::copy(component, dir.path().join("conformance.wasm")).unwrap();
    fs::copy(folder().join("hospes.toml"), dir.path().join("hospes.toml")).unwrap();
    fs::create_dir(dir.path().join("cases")).unwrap();
    for case in cases() {
        let name = format!("cases/{case}");
        fs::copy(folder().join(&name), dir.path().join(&name)).unwrap();
    }
    dir.hospes(["check"]).run().code(0);

    let run = |payload: &str| -> Ended {
        dir.hospes(["run", "conformance", "--cache", "cache", "--json"])
            .args(["--payload", payload])
            .run()
    };
    let drawn = |_| run(r#"{"do": "draw"}"#).code(0).json()["result"].clone();
    let [one, other] = [0, 1].map(drawn);
    let pairs = one
        .as_array()
        .unwrap()
        .iter()
        .zip(other.as_array().unwrap());
    for (one, other) in pairs {
        assert_ne!(one, other);
    }

    let now = || {
        u64::try_from(
            SystemTime::now()
                .duration_since(UNIX_EPOCH)
                .unwrap()
                .as_millis(),
        )
    };
    let before = now().unwrap();
    let told = run(r#"{"do": "clock"}"#).code(0).json()["result"]
        .as_u64()
        .unwrap();
    assert!((before..=now().unwrap()).contains(&told), "{before} {told}");

    let failed = run(
        r#"{"do": "fail", "kind": "partial", "message": "é", "retry_after_ms": 1500, "details": {"a": [1]}}"#,
    )
    .code(1)
    .json();
    let failure = &failed["failure"];
    assert_eq!(failure["message"], "é", "{failed}");
    assert_eq!(failure["retry_after_ms"], 1500, "{failed}");
    assert_eq!(
        failure["details"],
        serde_json::json!({"a": [1]}),
        "{failed}"
    );
}

#[test]
fn a_node_on_the_sdk_for_rust_conforms_in_both_worlds() {
    conforms(Path::new(hospes_artifacts::CONFORMANCE));
    conforms(Path::new(hospes_artifacts::CONFORMANCE_ASYNC));
}

#[test]
fn every_conformance_case_is_run() {
    let solution = fs::read_to_string(folder().join("hospes.toml")).unwrap();
    let listed = solution
        .lines()
        .filter_map(|line| line.trim().strip_prefix("\"cases/")?.strip_suffix("\","))
        .map(str::to_owned);
    assert_eq!(listed.collect::<BTreeSet<_>>(), cases());
}
