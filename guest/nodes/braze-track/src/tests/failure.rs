//! A single request that is not taken: each class of answer has one kind.

use std::time::Duration;

use hospes_guest::FailureKind::{
    Denied, Protocol, RateLimited, Rejected, Unauthorized, Unavailable, Unknown,
};
use hospes_guest::http::{Error, Response};
use serde_json::json;

use super::{check_failure, delivered, host, places, users};
use crate::BrazeTrack;

#[test]
fn a_single_request_has_the_kind_of_its_answer() {
    let http = |status: u16| Response::new(status).with_json(&json!({"message": "SESAME"}));
    let details = |status: u16, place: &str| {
        let mut details = json!({
            "requests": 1, "delivered": delivered(0, 0),
            "refused": [], "unknown": [], "undelivered": [], "answer": {"status": status},
        });
        details[place] = places("attributes", 0..2);
        if ![401, 403].contains(&status) {
            details["answer"]["text"] = json!("SESAME");
        }
        details
    };
    for (status, kind, place, message) in [
        (
            401,
            Unauthorized,
            "undelivered",
            "Braze does not accept the key: HTTP 401. Either the secret braze_api_key is wrong, or \
             braze_url is another instance's",
        ),
        (
            403,
            Unauthorized,
            "undelivered",
            "Braze forbids the request: HTTP 403. Either the key lacks the permission users.track, \
             or the account is inactive",
        ),
        (
            400,
            Rejected,
            "undelivered",
            "Braze refused the request: HTTP 400",
        ),
        (
            404,
            Rejected,
            "undelivered",
            "Braze knows no such endpoint: HTTP 404. Check braze_url and braze_user_track",
        ),
        (
            413,
            Rejected,
            "undelivered",
            "Braze refused the request as too large: HTTP 413. Lower max_bytes",
        ),
        (
            429,
            RateLimited,
            "undelivered",
            "Braze asks to slow down: HTTP 429",
        ),
        (
            503,
            Unavailable,
            "undelivered",
            "Braze is not available: HTTP 503",
        ),
        (
            504,
            Unknown,
            "unknown",
            "Braze's gateway got no answer in time, but the request may have been taken: HTTP 504",
        ),
        (
            200,
            Protocol,
            "unknown",
            "Braze answered outside its contract: HTTP 200, and the message is not 'success'",
        ),
    ] {
        let host = host().answer_next(http(status));
        check_failure(&host, &users(2), kind, message, details(status, place));
    }
}

#[test]
fn a_single_request_without_an_answer_says_whether_it_may_have_arrived() {
    for (error, kind, requests, place, message) in [
        (
            Error::Denied("no-rule".into()),
            Denied,
            0,
            "undelivered",
            "the egress policy denies the request: no-rule",
        ),
        (
            Error::Unreachable("connection refused".into()),
            Unavailable,
            0,
            "undelivered",
            "the upstream is unreachable: connection refused",
        ),
        (
            Error::Timeout,
            Unknown,
            1,
            "unknown",
            "no answer in time, but the request may have arrived",
        ),
        (
            Error::Interrupted("reset".into()),
            Unknown,
            1,
            "unknown",
            "the connection broke, but the request may have arrived: reset",
        ),
        (
            Error::TooLarge,
            Protocol,
            1,
            "unknown",
            "the answer is larger than the host allows",
        ),
    ] {
        let mut details = json!({
            "requests": requests, "delivered": delivered(0, 0),
            "refused": [], "unknown": [], "undelivered": [],
        });
        details[place] = places("attributes", 0..2);
        check_failure(&host().fail_next(error), &users(2), kind, message, details);
    }
}

#[test]
fn waits_are_passed_on() {
    for (name, value) in [
        ("X-Ratelimit-Retry-After", "7"),
        ("Retry-After", "7"),
        ("X-RateLimit-Reset", "7"),
    ] {
        let host = host().answer_next(Response::new(429).with_header(name, value));
        let failure = host.run::<BrazeTrack>(users(1)).unwrap_err();
        assert_eq!(failure.retry_after, Some(Duration::from_secs(7)), "{name}");
    }
}

#[test]
fn a_request_of_which_every_object_is_refused_is_rejected() {
    let text = "Valid data must be provided in the 'attributes', 'events', or 'purchases' fields.";
    let errors = json!([{"type": "bad", "input_array": "attributes", "index": 1}]);
    let answer = Response::new(400).with_json(&json!({"message": text, "errors": errors}));
    check_failure(
        &host().answer_next(answer),
        &users(2),
        Rejected,
        "Braze refused every object of the request: HTTP 400",
        json!({
            "requests": 1,
            "delivered": delivered(0, 0),
            "refused": [
                {"array": "attributes", "index": 1, "type": "bad"},
                {"array": "attributes", "index": 0, "type": text},
            ],
            "unknown": [],
            "undelivered": [],
            "answer": {"status": 400, "text": text},
        }),
    );
    let errors: Vec<_> = (0..2)
        .map(|index| json!({"type": "bad", "input_array": "attributes", "index": index}))
        .collect();
    let answer = json!({"message": "success", "errors": errors});
    let host = host().answer_next(Response::new(201).with_json(&answer));
    let failure = host.run::<BrazeTrack>(users(2)).unwrap_err();
    assert_eq!(
        (failure.kind, &*failure.message),
        (Rejected, "0 of 2 objects delivered, 2 refused")
    );
}
