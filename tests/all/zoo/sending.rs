//! Guests that send too much, too fast, or nothing that is a request.

use hospes::{NodeConfig, Outcome, Policy};
use hospes_artifacts as guests;
use serde_json::json;

use crate::support::{limits_of, result};
use crate::upstream::Upstream;
use crate::zoo::{contained, end};

const OK: &str = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

/// Runs a guest that may send anything to the upstream.
#[track_caller]
fn sends(path: &str, upstream: &Upstream, payload: &serde_json::Value) -> Outcome {
    let policy = Policy::parse([upstream.origin()]).unwrap();
    let guest = NodeConfig::from_file(path).policy(policy);
    contained(guest, &limits_of(&[]), &payload.to_string()).unwrap()
}

#[test]
pub(crate) fn thousand_headers() {
    let upstream = Upstream::canned(OK);
    let outcome = sends(
        guests::THOUSAND_HEADERS,
        &upstream,
        &json!(upstream.origin() + "/"),
    );
    let refused = r#"Err(Invalid("the headers are more than the limit `request-headers` of 64"))"#;
    assert_eq!(result(&outcome), json!(refused));
    assert_eq!(upstream.connections(), 0);
}

#[test]
pub(crate) fn huge_header() {
    let upstream = Upstream::canned(OK);
    let outcome = sends(
        guests::HUGE_HEADER,
        &upstream,
        &json!(upstream.origin() + "/"),
    );
    let refused =
        r#"Err(Invalid("the headers are more than the limit `request-header-bytes` of 16384"))"#;
    assert_eq!(result(&outcome), json!(refused));
    assert_eq!(upstream.connections(), 0);
}

#[test]
pub(crate) fn huge_body() {
    let upstream = Upstream::canned(OK);
    let send = |bytes: u64| {
        let payload = json!([upstream.origin() + "/", bytes]);
        end(Ok(sends(guests::HUGE_BODY, &upstream, &payload)))
    };
    let refused = r#""Err(Invalid(\"the body is longer than 1MiB (`request-body`)\"))""#;
    assert_eq!(send(1_048_577), ("result", refused.to_owned()));
    let trapped = "the node handed the host too many bytes in one call";
    assert_eq!(send(10_000_000), ("trap", trapped.to_owned()));
    assert_eq!(upstream.connections(), 0);
    assert_eq!(send(1_048_576), ("result", r#""Ok(200)""#.to_owned()));
}

#[test]
pub(crate) fn method_garbage() {
    let upstream = Upstream::canned(OK);
    let outcome = sends(
        guests::METHOD_GARBAGE,
        &upstream,
        &json!(upstream.origin() + "/"),
    );
    assert_eq!(result(&outcome), json!(vec![r#"Denied("method")"#; 8]));
    assert_eq!(upstream.connections(), 0);
}

#[test]
pub(crate) fn request_avalanche() {
    let upstream = Upstream::canned(OK);
    let outcome = sends(
        guests::REQUEST_AVALANCHE,
        &upstream,
        &json!(upstream.origin() + "/"),
    );
    assert_eq!(
        result(&outcome),
        json!({
            "Ok(200)": 16,
            "Err(Exhausted(\"all 16 requests are used up (`requests`)\"))": 256,
            "Err(Exhausted(\"too many requests were refused\"))": 9728,
        })
    );
    assert_eq!(upstream.requests().len(), 16);
}

#[test]
pub(crate) fn send_storm() {
    let upstream = Upstream::canned(OK);
    let outcome = sends(
        guests::SEND_STORM,
        &upstream,
        &json!(upstream.origin() + "/"),
    );
    assert_eq!(
        result(&outcome),
        json!({
            "Ok(200)": 16,
            "Err(Exhausted(\"all 16 requests are used up (`requests`)\"))": 256,
            "Err(Exhausted(\"too many requests were refused\"))": 4728,
        })
    );
    assert_eq!(upstream.requests().len(), 16);
}

#[test]
pub(crate) fn open_tasks() {
    let upstream = Upstream::canned(OK);
    let outcome = sends(
        guests::OPEN_TASKS,
        &upstream,
        &json!(upstream.origin() + "/"),
    );
    assert_eq!(result(&outcome), json!(100));
}

#[test]
pub(crate) fn cancelled_sends() {
    let upstream = Upstream::canned(OK);
    let outcome = sends(
        guests::CANCELLED_SENDS,
        &upstream,
        &json!(upstream.origin() + "/"),
    );
    // Up to 16 were on their way; for the others there was no budget.
    let given_up = result(&outcome).as_u64().unwrap();
    assert!((1..=16).contains(&given_up), "{given_up}");
    assert_eq!(outcome.usage.http_requests, 16);
}

#[test]
pub(crate) fn never_ready() {
    let limits = limits_of(&[("deadline", "300ms")]);
    let ended = contained(NodeConfig::from_file(guests::NEVER_READY), &limits, "null");
    // Its own runtime notices that there is nothing to wait for. A guest that
    // lets the host wait is `async_waits_for_nothing`.
    let sentence = "the node trapped: wasm `unreachable` instruction executed";
    assert_eq!(end(ended), ("trap", sentence.to_owned()));
}
