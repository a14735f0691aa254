//! Every class of answer, with its whole message.

use std::time::UNIX_EPOCH;

use serde_json::{Value, json};

use super::*;

fn answer(status: u16, body: &str) -> Answer {
    read(Ok(Response::new(status).with_body(body)), || UNIX_EPOCH)
}

fn taken(queued: bool, counts: [Option<i64>; 3], errors: Vec<ItemError>) -> Answer {
    Answer::Taken {
        queued,
        errors,
        counts,
    }
}

fn stop(status: u16, body: &str) -> Stop {
    match answer(status, body) {
        Answer::Stopped(stop) => stop,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_success_is_taken() {
    for (status, body, expected) in [
        (
            201,
            json!({"message": "success"}),
            taken(false, [None; 3], vec![]),
        ),
        (
            200,
            json!({"message": "success", "errors": null}),
            taken(false, [None; 3], vec![]),
        ),
        (
            200,
            json!({"message": "success", "errors": []}),
            taken(false, [None; 3], vec![]),
        ),
        (
            201,
            json!({"message": "success", "attributes_processed": 2, "events_processed": 0}),
            taken(false, [Some(2), Some(0), None], vec![]),
        ),
        (
            202,
            json!({"message": "queued"}),
            taken(true, [None; 3], vec![]),
        ),
    ] {
        assert_eq!(answer(status, &body.to_string()), expected, "{body}");
    }
}

#[test]
fn errors_are_read_whatever_their_shape() {
    let item = |array, index, reason: &'static str| ItemError {
        array,
        index,
        reason: reason.into(),
    };
    let unplaced = |reason| item(None, None, reason);
    for (errors, expected) in [
        (
            json!([{"type": "bad", "input_array": "events", "index": 3}]),
            vec![item(Some(Array::Events), Some(3), "bad")],
        ),
        (json!(["bad"]), vec![unplaced("bad")]),
        (json!("bad"), vec![unplaced("bad")]),
        (json!([{"type": "bad"}]), vec![unplaced("bad")]),
        (
            json!([{"input_array": "purchases", "index": -1}]),
            vec![item(Some(Array::Purchases), None, "Braze gives no reason")],
        ),
        (
            json!([{"type": "bad", "input_array": "users", "index": 0}]),
            vec![item(None, Some(0), "bad")],
        ),
        (json!([7]), vec![unplaced("Braze gives no reason")]),
    ] {
        let body = json!({"message": "success", "errors": errors}).to_string();
        assert_eq!(
            answer(201, &body),
            taken(false, [None; 3], expected),
            "{errors}"
        );
    }
}

#[test]
fn a_success_outside_the_contract_is_none() {
    for (status, body, message) in [
        (
            200,
            "",
            "Braze answered outside its contract: HTTP 200, and the body is not a JSON object",
        ),
        (
            201,
            "[]",
            "Braze answered outside its contract: HTTP 201, and the body is not a JSON object",
        ),
        (
            200,
            "<html>",
            "Braze answered outside its contract: HTTP 200, and the body is not a JSON object",
        ),
        (
            200,
            "{}",
            "Braze answered outside its contract: HTTP 200, and there is no message",
        ),
        (
            200,
            r#"{"message": 1}"#,
            "Braze answered outside its contract: HTTP 200, and there is no message",
        ),
        (
            201,
            r#"{"message": "failure"}"#,
            "Braze answered outside its contract: HTTP 201, and the message is not 'success'",
        ),
        (
            201,
            r#"{"message": "queued"}"#,
            "Braze answered outside its contract: HTTP 201, and the message is not 'success'",
        ),
        (302, "", "Braze answered outside its contract: HTTP 302"),
    ] {
        let stop = stop(status, body);
        assert_eq!(
            (stop.kind, &*stop.message),
            (FailureKind::Protocol, message)
        );
        assert!(stop.may_be_taken());
    }
}

#[test]
fn every_fatal_status_has_its_kind_and_its_words() {
    use FailureKind::{RateLimited, Rejected, Unauthorized, Unavailable, Unknown};

    for (status, body, kind, message) in [
        (
            400,
            json!({"message": "Valid data must be provided in the 'attributes', 'events', or 'purchases' fields."}),
            Rejected,
            "Braze refused every object of the request: HTTP 400",
        ),
        (
            400,
            json!({"message": "Max Input Length Exceeded"}),
            Rejected,
            "Braze refused the request as too long: HTTP 400. Lower max_objects",
        ),
        (
            400,
            json!({"error": "syntax"}),
            Rejected,
            "Braze refused the request: HTTP 400",
        ),
        (
            401,
            json!({"message": "Invalid API key: SESAME"}),
            Unauthorized,
            "Braze does not accept the key: HTTP 401. Either the secret braze_api_key is wrong, or \
             braze_url is another instance's",
        ),
        (
            403,
            json!({"message": "Forbidden"}),
            Unauthorized,
            "Braze forbids the request: HTTP 403. Either the key lacks the permission users.track, \
             or the account is inactive",
        ),
        (
            404,
            json!({"message": "Not Found"}),
            Rejected,
            "Braze knows no such endpoint: HTTP 404. Check braze_url and braze_user_track",
        ),
        (
            413,
            json!({}),
            Rejected,
            "Braze refused the request as too large: HTTP 413. Lower max_bytes",
        ),
        (
            415,
            json!({}),
            Rejected,
            "Braze refused the request: HTTP 415",
        ),
        (
            422,
            json!({}),
            Rejected,
            "Braze refused the request: HTTP 422",
        ),
        (
            429,
            json!({}),
            RateLimited,
            "Braze asks to slow down: HTTP 429",
        ),
        (
            500,
            json!("<html>"),
            Unavailable,
            "Braze is not available: HTTP 500",
        ),
        (
            502,
            json!({}),
            Unavailable,
            "Braze is not available: HTTP 502",
        ),
        (
            503,
            json!({}),
            Unavailable,
            "Braze is not available: HTTP 503",
        ),
        (
            504,
            json!({}),
            Unknown,
            "Braze's gateway got no answer in time, but the request may have been taken: HTTP 504",
        ),
    ] {
        let stop = stop(status, &body.to_string());
        assert_eq!((stop.kind, &*stop.message), (kind, message));
        assert_eq!(stop.status, Some(status));
        assert_eq!(stop.may_be_taken(), kind == Unknown);
    }
}

#[test]
fn nothing_of_a_401_or_403_is_repeated() {
    for status in [401, 403] {
        let said = format!(
            "{:?}",
            stop(status, r#"{"message": "Invalid API key: SESAME"}"#)
        );
        assert!(!said.contains("SESAME"), "{said}");
    }
}

#[test]
fn texts_are_bounded() {
    let text = stop(400, &json!({"message": "é".repeat(300)}).to_string())
        .text
        .unwrap();
    assert_eq!(text, format!("{}...", "é".repeat(200)));
}

#[test]
fn waits_come_from_the_headers() {
    let wait = |status| {
        let response = Response::new(status).with_header("Retry-After", "9");
        match read(Ok(response), || UNIX_EPOCH) {
            Answer::Stopped(stop) => stop.retry_after,
            Answer::Taken { .. } => None,
        }
    };
    for (status, seconds) in [(429, Some(9)), (503, Some(9)), (504, None), (400, None)] {
        assert_eq!(wait(status), seconds.map(Duration::from_secs), "{status}");
    }
}

#[test]
fn no_answer_is_what_the_host_says_it_is() {
    for (error, kind, taken) in [
        (
            http::Error::Denied("no-rule".into()),
            FailureKind::Denied,
            false,
        ),
        (
            http::Error::Invalid("url".into()),
            FailureKind::Internal,
            false,
        ),
        (
            http::Error::Unreachable("dns".into()),
            FailureKind::Unavailable,
            false,
        ),
        (http::Error::Timeout, FailureKind::Unknown, true),
        (
            http::Error::Interrupted("reset".into()),
            FailureKind::Unknown,
            true,
        ),
        (http::Error::TooLarge, FailureKind::Protocol, true),
        (
            http::Error::Exhausted("requests".into()),
            FailureKind::Denied,
            false,
        ),
    ] {
        assert_eq!(error.may_have_arrived(), taken);
        let message = error.to_string();
        let Answer::Stopped(stop) = read(Err(error), || UNIX_EPOCH) else {
            panic!("stopped");
        };
        assert_eq!((stop.kind, stop.message.as_str()), (kind, message.as_str()));
        assert_eq!(stop.may_be_taken(), taken);
    }
}

#[test]
fn only_a_400_can_name_objects() {
    let body: Value =
        json!({"message": "m", "errors": [{"type": "t", "input_array": "events", "index": 0}]});
    assert_eq!(stop(400, &body.to_string()).errors.len(), 1);
    assert_eq!(stop(500, &body.to_string()).errors.len(), 0);
}
