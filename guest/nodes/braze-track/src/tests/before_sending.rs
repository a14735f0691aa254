//! Faults of the payload and of the environment: nothing is sent.

use hospes_guest::FailureKind::{InvalidParams, InvalidPayload};
use hospes_guest::testing::Host;
use serde_json::json;

use super::{check_failure, delivered, host, places, success, users};
use crate::BrazeTrack;

#[test]
fn one_fault_keeps_the_whole_payload_back_and_all_are_listed() {
    let host = host().answer_next(success());
    let payload = json!({
        "attributes": [{"external_id": "a", "dob": "10.12.1815"}, {"external_id": "b"}],
        "events": [{"external_id": "a", "name": "", "time": "soon"}],
    });
    check_failure(
        &host,
        &payload,
        InvalidPayload,
        "refused before sending: 2 of 3 objects. First fault at /attributes/0/dob: 'dob' is not \
         valid: expected a date as YYYY-MM-DD",
        json!({
            "requests": 0,
            "delivered": delivered(0, 0),
            "refused": [
                {
                    "array": "attributes", "index": 0, "pointer": "/attributes/0/dob",
                    "type": "'dob' is not valid: expected a date as YYYY-MM-DD",
                },
                {
                    "array": "events", "index": 0, "pointer": "/events/0/name",
                    "type": "'name' is required",
                },
                {
                    "array": "events", "index": 0, "pointer": "/events/0/time",
                    "type": "'time' is not valid: expected a time in ISO 8601",
                },
            ],
            "unknown": [],
            "undelivered": places("attributes", [1]),
        }),
    );
    assert_eq!(host.requests(), []);
}

#[test]
fn a_payload_in_neither_form_is_refused_whole() {
    for (payload, message) in [
        (
            json!({}),
            "refused before sending: expected 'attributes', 'events' or 'purchases', or else \
             'user' and 'event'",
        ),
        (
            json!({"attributes": []}),
            "refused before sending: the payload holds no object",
        ),
        (
            json!({"attributes": {}}),
            "refused before sending. First fault at /attributes: 'attributes' is not valid: \
             expected an array",
        ),
    ] {
        let failure = host().run::<BrazeTrack>(payload).unwrap_err();
        assert_eq!((failure.kind, &*failure.message), (InvalidPayload, message));
    }
}

#[test]
fn what_the_environment_lacks_is_named() {
    let url = "https://rest.example";
    for (params, message) in [
        (
            json!({}),
            "params: missing field `braze_url` (line 1, column 2)",
        ),
        (
            json!({"braze_url": 7}),
            "params.braze_url: expected a string, found a number (line 1, column 14)",
        ),
        (
            json!({"braze_url": url, "max_objekts": 7}),
            "params.max_objekts: unknown field `max_objekts`, expected one of `braze_url`, \
             `braze_user_track`, `partner`, `max_objects`, `max_bytes`, `on_invalid` \
             (line 1, column 49)",
        ),
        (
            json!({"braze_url": url, "on_invalid": "ignore"}),
            "params.on_invalid: not an allowed value, expected `refuse-all` or `send-valid` \
             (line 1, column 57)",
        ),
        (
            json!({"braze_url": url, "max_objects": 76}),
            "params.max_objects: expected 1 to 75",
        ),
    ] {
        let host = host().params(params);
        let failure = host.run::<BrazeTrack>(users(1)).unwrap_err();
        assert_eq!((failure.kind, &*failure.message), (InvalidParams, message));
    }
    let host = Host::new().params(json!({"braze_url": url}));
    let failure = host.run::<BrazeTrack>(users(1)).unwrap_err();
    assert_eq!(
        (failure.kind, &*failure.message),
        (InvalidParams, "the secret braze_api_key is missing")
    );
}
