//! Guests in Rust that take too much of the host's time, memory or patience.

use hospes::{NodeConfig, Outcome};
use hospes_artifacts as guests;
use serde_json::json;

use crate::support::{fault, guest, limits_of, result, run};
use crate::zoo::{contained, end};

/// Runs a guest with these limits and this payload, and tells how it ended.
#[track_caller]
fn ends(path: &str, limits: &[(&str, &str)], payload: &str) -> (&'static str, String) {
    end(contained(
        NodeConfig::from_file(path),
        &limits_of(limits),
        payload,
    ))
}

#[track_caller]
fn assert_ends(path: &str, limits: &[(&str, &str)], payload: &str, how: &str, sentence: &str) {
    let (found, said) = ends(path, limits, payload);
    assert_eq!((found, &*said), (how, sentence));
}

const LATE: &str = "the execution did not end within 300ms (limit `deadline`)";

#[test]
pub(crate) fn tiny_sleeps() {
    let limits = [("deadline", "300ms"), ("cpu", "10s")];
    assert_ends(guests::TINY_SLEEPS, &limits, "null", "deadline", LATE);
}

#[test]
pub(crate) fn clock_watching() {
    let limits = [("deadline", "300ms"), ("cpu", "10s")];
    assert_ends(guests::CLOCK_WATCHING, &limits, "null", "deadline", LATE);
    let limits = [("deadline", "10s"), ("cpu", "300ms")];
    let computed = "the node computed for more than 300ms (limit `cpu`)";
    assert_ends(
        guests::CLOCK_WATCHING,
        &limits,
        "null",
        "deadline",
        computed,
    );
}

/// A guest that prints for ever, of which ten KiB are kept.
#[track_caller]
fn floods(path: &str) {
    let limits = limits_of(&[("deadline", "300ms"), ("cpu", "10s"), ("output", "10KiB")]);
    let outcome = contained(NodeConfig::from_file(path), &limits, "null").unwrap();
    let kept: usize = outcome.logs.iter().map(|log| log.message.len()).sum();
    assert!(kept <= 11 << 10, "{kept} bytes of output were kept");
    assert_eq!(fault(outcome).to_string(), LATE);
}

#[test]
pub(crate) fn output_flood() {
    floods(guests::OUTPUT_FLOOD);
}

#[test]
pub(crate) fn output_flood_async() {
    floods(guests::OUTPUT_FLOOD_ASYNC);
}

#[test]
pub(crate) fn huge_log_record() {
    let records = |limits: &[(&str, &str)]| -> Outcome {
        contained(
            NodeConfig::from_file(guests::HUGE_LOG_RECORD),
            &limits_of(limits),
            "1",
        )
        .unwrap()
    };
    let outcome = records(&[("log-record", "1KiB")]);
    assert_eq!(result(&outcome), json!(1));
    let [record] = &outcome.logs[..] else {
        panic!("{} records", outcome.logs.len());
    };
    assert_eq!(record.message.len(), 1024 + "…".len());
    assert!(record.fields.is_empty());
    // With room for the text, it is the fields that are left out: each costs
    // 64 bytes and its texts.
    let outcome = records(&[("log-record", "512KiB"), ("log-bytes", "1MiB")]);
    let record = outcome.logs.first().unwrap();
    assert_eq!(record.message.len(), 500_000);
    assert!((250..380).contains(&record.fields.len()));
}

#[test]
pub(crate) fn huge_allocation() {
    let message = "the node wanted more than 64MiB of memory (limit `memory`)";
    assert_ends(guests::HUGE_ALLOCATION, &[], "null", "memory", message);
}

#[test]
pub(crate) fn deep_result() {
    let message = "the node's result is not valid JSON: nests deeper than 64 levels";
    assert_ends(guests::DEEP_RESULT, &[], "null", "invalid-result", message);
}

#[test]
pub(crate) fn many_keys() {
    let message = "the result has more than 1048576 bytes (limit `result`)";
    let limits = [("memory", "256MiB"), ("cpu", "5s")];
    let how = "result-too-large";
    assert_ends(guests::MANY_KEYS, &limits, "null", how, message);
    // Where there is room for it, it is a result like any other.
    let limits = [("result", "64MiB"), ("memory", "256MiB"), ("cpu", "5s")];
    let (how, result) = ends(guests::MANY_KEYS, &limits, "null");
    assert_eq!((how, result.matches(':').count()), ("result", 1_000_000));
}

#[test]
pub(crate) fn huge_failure() {
    let message = "the result has more than 1048576 bytes (limit `result`)";
    for bytes in ["1000000", "10000000"] {
        let how = "result-too-large";
        assert_ends(guests::HUGE_FAILURE, &[], bytes, how, message);
    }
    let outcome = run(guest(guests::HUGE_FAILURE, &[]), "500000");
    // People read messages, and programs details.
    let failure = outcome.failure().unwrap();
    assert_eq!(failure.message, "m".repeat(4096) + "…");
    assert_eq!(failure.details.as_ref().unwrap().as_str().len(), 500_002);
}

#[test]
pub(crate) fn double_panic() {
    let message = "the node trapped: wasm `unreachable` instruction executed";
    assert_ends(guests::DOUBLE_PANIC, &[], "null", "trap", message);
}

#[test]
pub(crate) fn abort() {
    let message = "the node trapped: wasm `unreachable` instruction executed";
    assert_ends(guests::ABORT, &[], "null", "trap", message);
}

#[test]
pub(crate) fn thread_spawning() {
    let nothing = r#"{"processes":0,"threads":0}"#;
    assert_ends(guests::THREAD_SPAWNING, &[], "null", "result", nothing);
}
