//! The node from payload to outcome, against a scripted host.

mod accounting;
mod before_sending;
mod failure;
mod golden;
mod partial;
mod success;

use hospes_guest::FailureKind;
use hospes_guest::http::{Request, Response};
use hospes_guest::testing::Host;
use serde_json::{Value, json};

use crate::BrazeTrack;

fn host() -> Host {
    Host::new()
        .params(json!({"braze_url": "https://rest.example/"}))
        .secret("braze_api_key")
}

fn small_requests(objects: usize) -> Host {
    host().params(json!({"braze_url": "https://rest.example", "max_objects": objects}))
}

fn success() -> Response {
    Response::new(201).with_json(&json!({"message": "success"}))
}

fn users(count: usize) -> Value {
    let user = |n| json!({"external_id": format!("u{n}"), "first_name": "Ada"});
    json!({"attributes": (0..count).map(user).collect::<Vec<_>>()})
}

fn body(request: &Request) -> Value {
    serde_json::from_slice(request.body.as_deref().unwrap()).unwrap()
}

fn places(array: &str, indexes: impl IntoIterator<Item = usize>) -> Value {
    indexes
        .into_iter()
        .map(|index| json!({"array": array, "index": index}))
        .collect()
}

fn delivered(attributes: usize, events: usize) -> Value {
    json!({"attributes": attributes, "events": events, "purchases": 0})
}

#[track_caller]
fn check_failure(host: &Host, payload: &Value, kind: FailureKind, message: &str, details: Value) {
    let failure = host.run::<BrazeTrack>(payload).unwrap_err();
    assert_eq!((failure.kind, &*failure.message), (kind, message));
    assert_eq!(failure.details, Some(details));
}
