//! Some is delivered and some is not.

use std::time::Duration;

use hospes_guest::FailureKind::{InvalidPayload, Partial};
use hospes_guest::http::{Error, Response};
use serde_json::json;

use super::{body, check_failure, delivered, host, places, small_requests, success, users};
use crate::BrazeTrack;

#[test]
fn objects_that_braze_refuses_are_named_by_the_callers_index() {
    let errors = json!({"message": "success", "errors": [
        {"type": "bad phone", "input_array": "attributes", "index": 1},
        {"type": "bad country", "input_array": "attributes", "index": 1},
    ]});
    let host = small_requests(3)
        .answer_next(success())
        .answer_next(Response::new(201).with_json(&errors))
        .answer_next(success());
    check_failure(
        &host,
        &users(7),
        Partial,
        "6 of 7 objects delivered, 1 refused",
        json!({
            "requests": 3,
            "delivered": delivered(6, 0),
            "refused": [
                {"array": "attributes", "index": 4, "type": "bad phone"},
                {"array": "attributes", "index": 4, "type": "bad country"},
            ],
            "unknown": [],
            "undelivered": [],
        }),
    );
}

#[test]
fn an_error_that_cannot_be_placed_makes_nothing_look_fine() {
    let payload = json!({
        "attributes": [{"external_id": "a"}, {"external_id": "b"}],
        "events": [{"external_id": "a", "name": "met", "time": "2026-03-01"}],
    });
    for (errors, refused, delivered, unknown) in [
        (
            json!([{"type": "bad", "input_array": "attributes", "index": 9}]),
            json!([{"array": "attributes", "index": null, "type": "bad"}]),
            delivered(0, 1),
            places("attributes", 0..2),
        ),
        (
            json!([
                {"type": "bad", "input_array": "attributes"},
                {"type": "worse", "input_array": "attributes", "index": 0},
            ]),
            json!([
                {"array": "attributes", "index": null, "type": "bad"},
                {"array": "attributes", "index": 0, "type": "worse"},
            ]),
            delivered(0, 1),
            places("attributes", [1]),
        ),
        (
            json!(["bad"]),
            json!([{"array": null, "index": null, "type": "bad"}]),
            delivered(0, 0),
            json!([
                {"array": "attributes", "index": 0},
                {"array": "attributes", "index": 1},
                {"array": "events", "index": 0},
            ]),
        ),
    ] {
        let answer = json!({"message": "success", "errors": errors});
        let host = host().answer_next(Response::new(201).with_json(&answer));
        let failure = host.run::<BrazeTrack>(&payload).unwrap_err();
        assert_eq!(failure.kind, Partial);
        assert_eq!(
            failure.details,
            Some(json!({
                "requests": 1, "delivered": delivered, "refused": refused, "unknown": unknown,
                "undelivered": [],
            }))
        );
    }
}

#[test]
fn once_something_is_delivered_no_failure_invites_to_repeat_the_whole() {
    for (stop, place, message) in [
        (
            Ok(Response::new(429).with_header("Retry-After", "7")),
            "undelivered",
            "2 of 5 objects delivered, 3 not delivered. Stopped: Braze asks to slow down: HTTP 429",
        ),
        (
            Ok(Response::new(503)),
            "undelivered",
            "2 of 5 objects delivered, 3 not delivered. Stopped: Braze is not available: HTTP 503",
        ),
        (
            Ok(Response::new(401)),
            "undelivered",
            "2 of 5 objects delivered, 3 not delivered. Stopped: Braze does not accept the key: \
             HTTP 401. Either the secret braze_api_key is wrong, or braze_url is another instance's",
        ),
        (
            Err(Error::Unreachable("dns".into())),
            "undelivered",
            "2 of 5 objects delivered, 3 not delivered. Stopped: the upstream is unreachable: dns",
        ),
        (
            Err(Error::Timeout),
            "unknown",
            "2 of 5 objects delivered, 2 perhaps delivered, 1 not delivered. Stopped: no answer in \
             time, but the request may have arrived",
        ),
        (
            Ok(Response::new(200)),
            "unknown",
            "2 of 5 objects delivered, 2 perhaps delivered, 1 not delivered. Stopped: Braze \
             answered outside its contract: HTTP 200, and the body is not a JSON object",
        ),
    ] {
        let mut host = small_requests(2).answer_next(success());
        let mut requests = 1;
        match stop {
            Ok(response) => {
                requests += 1;
                host = host.answer_next(response);
            }
            Err(error) => {
                requests += usize::from(error.may_have_arrived());
                host = host.fail_next(error);
            }
        }
        let failure = host.run::<BrazeTrack>(users(5)).unwrap_err();
        assert_eq!((failure.kind, &*failure.message), (Partial, message));
        let details = failure.details.unwrap();
        assert_eq!(details["requests"], requests);
        assert_eq!(details["delivered"], delivered(2, 0));
        let (unknown, undelivered) = match place {
            "unknown" => (2..4, 4..5),
            _ => (0..0, 2..5),
        };
        assert_eq!(details["unknown"], places("attributes", unknown));
        assert_eq!(details["undelivered"], places("attributes", undelivered));
        assert_eq!(host.requests().len(), 2, "nothing is sent after a failure");
    }
}

#[test]
fn a_wait_is_passed_on_even_when_some_was_delivered() {
    let limited = Response::new(429).with_header("X-Ratelimit-Retry-After", "7");
    let host = small_requests(1)
        .answer_next(success())
        .answer_next(limited);
    let failure = host.run::<BrazeTrack>(users(2)).unwrap_err();
    assert_eq!(
        (failure.kind, failure.retry_after),
        (Partial, Some(Duration::from_secs(7)))
    );
}

#[test]
fn send_valid_sends_the_others() {
    let params = json!({"braze_url": "https://rest.example", "on_invalid": "send-valid"});
    let host = host().params(params).answer_next(success());
    let payload = json!({"attributes": [{}, {"external_id": "b"}]});
    check_failure(
        &host,
        &payload,
        Partial,
        "1 of 2 objects delivered, 1 refused",
        json!({
            "requests": 1,
            "delivered": delivered(1, 0),
            "refused": [{
                "array": "attributes", "index": 0, "pointer": "/attributes/0",
                "type": "'external_id', 'braze_id', 'user_alias', 'email' or 'phone' is required",
            }],
            "unknown": [],
            "undelivered": [],
        }),
    );
    assert_eq!(
        body(&host.requests()[0])["attributes"],
        json!([{"external_id": "b"}])
    );

    let failure = host
        .run::<BrazeTrack>(json!({"attributes": [{}]}))
        .unwrap_err();
    assert_eq!(failure.kind, InvalidPayload);
}

#[test]
fn an_object_that_no_request_can_hold_does_not_hold_up_the_others() {
    let params = json!({"braze_url": "https://rest.example", "max_bytes": 120});
    let host = host().params(params).answer_next(success());
    let payload = json!({
        "attributes": [{"external_id": "a", "note": "x".repeat(200)}, {"external_id": "b"}],
    });
    check_failure(
        &host,
        &payload,
        Partial,
        "1 of 2 objects delivered, 1 refused",
        json!({
            "requests": 1,
            "delivered": delivered(1, 0),
            "refused": [{
                "array": "attributes", "index": 0, "pointer": "/attributes/0",
                "type": "the object alone is larger than max_bytes allows",
            }],
            "unknown": [],
            "undelivered": [],
        }),
    );
}

#[test]
fn no_request_is_begun_that_could_not_be_reported() {
    let host = small_requests(2)
        .remaining(Duration::from_millis(250))
        .answer_with(|_| {
            std::thread::sleep(Duration::from_millis(160));
            Ok(success())
        });
    let failure = host.run::<BrazeTrack>(users(3)).unwrap_err();
    assert_eq!(
        (failure.kind, &*failure.message),
        (
            Partial,
            "2 of 3 objects delivered, 1 not delivered. Stopped: no time is left for a request"
        )
    );
    assert!(host.requests()[0].timeout.unwrap() <= Duration::from_millis(225));
}
