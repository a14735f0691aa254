//! What a guest may hold, and what it lets go of.

use hospes::Fault;
use hospes_artifacts as guests;
use serde_json::json;

use super::{OK, allowed, code, run, verdicts};
use crate::support::{fault, over_each_transport, result};
use crate::upstream::Upstream;

/// A guest that holds ten thousand of these is stopped by the limit `handles`.
#[track_caller]
fn holds(path: &str, whats: &[&str]) {
    for what in whats {
        let outcome = run(allowed(path, &[], &[("cpu", "10s")]), &json!(what));
        let message = "the node wanted more than 256 handles (limit `handles`)".to_owned();
        assert_eq!(fault(outcome), Fault::Memory { message }, "{what}");
    }
}

#[test]
pub(crate) fn standard_handles() {
    holds(guests::STANDARD_HANDLES, &["fields", "bodies"]);
}

#[test]
pub(crate) fn standard_handles_async() {
    let whats = [
        "fields",
        "copies",
        "options",
        "requests",
        "bodies",
        "responses",
        "trailers",
        "consumed",
        "outputs",
    ];
    holds(guests::STANDARD_HANDLES_ASYNC, &whats);
}

/// A thousand requests are begun and dropped: each that was heard is recorded
/// by the time the execution ends, and no more arrive than the budget has.
#[track_caller]
fn drops(path: &str) {
    let upstream = Upstream::canned(OK);
    let config = allowed(path, &[upstream.origin()], &[("cpu", "10s")]);
    let outcome = run(config, &json!(upstream.origin() + "/"));
    assert_eq!(result(&outcome), code("ConnectionLimitReached"));
    assert_eq!(outcome.usage.http_requests, 16);
    assert!(upstream.requests().len() <= 16);
    let words = verdicts(&outcome);
    assert_eq!(words.len(), 16 + 256 + 1);
    let refused = words.iter().filter(|word| **word == "exhausted").count();
    assert_eq!(refused, 257);
}

#[test]
pub(crate) fn standard_dropped() {
    over_each_transport(|| drops(guests::STANDARD_DROPPED));
}

#[test]
pub(crate) fn standard_dropped_async() {
    over_each_transport(|| drops(guests::STANDARD_DROPPED_ASYNC));
}
