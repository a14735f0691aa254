//! The honest server over a real socket: each class of answer Braze gives, and what is accepted.

use std::time::Duration;

use crate::client::{TRACK, authorization, send, sound, start, track, user};
use hospes_mock_braze::{Counts, MAX_BODY_BYTES, MockBraze, ObjectLimit, RateLimitStyle};
use serde_json::{Value, json};

const NO_DATA: &str =
    "Valid data must be provided in the 'attributes', 'events', or 'purchases' fields.";

#[test]
fn valid_objects_are_counted_and_accepted() {
    let braze = start();
    let time = "2026-03-01T09:30:00Z";
    let event = json!({ "external_id": "u", "name": "n", "time": time });
    let purchase = json!({ "external_id": "u", "product_id": "p", "currency": "EUR", "price": 1, "time": time });
    let reply = track(
        &braze,
        &json!({ "events": [event], "purchases": [purchase, purchase] }),
    );
    assert_eq!(reply.status, 201);
    assert_eq!(
        reply.json(),
        json!({ "message": "success", "events_processed": 1, "purchases_processed": 2 })
    );

    track(&braze, &user("v"));
    let accepted = braze.accepted();
    assert_eq!(
        accepted.counts(),
        Counts {
            attributes: 1,
            events: 1,
            purchases: 2
        }
    );
    assert_eq!(
        (accepted.events[0].request, &accepted.events[0].object),
        (1, &event)
    );
    assert_eq!(
        (
            accepted.attributes[0].request,
            &accepted.attributes[0].object
        ),
        (2, &json!({ "external_id": "v" }))
    );
    assert_eq!(braze.requests(), 2);
}

#[test]
fn a_partial_success_enters_only_what_was_taken() {
    let braze = start();
    let reply = track(
        &braze,
        &json!({ "attributes": [{ "external_id": "a" }, { "external_id": "b", "email": "b" }] }),
    );
    let text = "The value provided for the 'email' field is not a valid email.";
    let errors = json!([{ "type": text, "input_array": "attributes", "index": 1 }]);
    assert_eq!(reply.status, 201);
    assert_eq!(
        reply.json(),
        json!({ "message": "success", "attributes_processed": 1, "errors": errors })
    );
    assert_eq!(braze.accepted().attributes.len(), 1);
}

#[test]
fn each_mistake_of_the_request_has_its_status_and_words() {
    let braze = start();
    let right = authorization(&braze);
    let good = user("u").to_string();
    let many: Vec<Value> = (0..76)
        .map(|n| json!({ "external_id": n.to_string() }))
        .collect();
    let many = json!({ "attributes": many }).to_string();
    let nobody = json!({ "events": [{}] }).to_string();
    let none = "'external_id', 'braze_id', 'user_alias', 'email' or 'phone' is required";
    let parse = json!({ "error": "Error while parsing request body. Please check your syntax." });
    let message = |text: &str| json!({ "message": text });
    let in_body =
        json!({ "api_key": braze.key(), "attributes": [{ "external_id": "u" }] }).to_string();
    let json_only: &[(&str, &str)] = &[("Content-Type", "application/json")];
    let plain: &[(&str, &str)] = &[("Authorization", &right), ("Content-Type", "text/plain")];
    for (target, headers, body, status, said) in [
        (
            "POST /users/track/",
            &sound(&right)[..],
            good.as_str(),
            404,
            message("Not Found"),
        ),
        (
            "GET /users/track",
            &sound(&right),
            "",
            404,
            message("Not Found"),
        ),
        (TRACK, json_only, &good, 401, message("Invalid API Key")),
        (TRACK, json_only, &in_body, 401, message("Invalid API Key")),
        (
            TRACK,
            &sound(braze.key()),
            &good,
            401,
            message(&format!("Invalid API key: {}", braze.key())),
        ),
        (
            TRACK,
            &sound("Bearer wrong"),
            &good,
            401,
            message("Invalid API key: wrong"),
        ),
        (TRACK, plain, &good, 415, message("Unsupported Media Type")),
        (TRACK, &sound(&right), "", 400, parse.clone()),
        (
            "POST /users/track?attributes=external_id",
            &sound(&right),
            "",
            400,
            parse.clone(),
        ),
        (TRACK, &sound(&right), "{'attributes':[]}", 400, parse),
        (
            TRACK,
            &sound(&right),
            &many,
            400,
            message("Max Input Length Exceeded"),
        ),
        (TRACK, &sound(&right), "{}", 400, message(NO_DATA)),
        (
            TRACK,
            &sound(&right),
            &nobody,
            400,
            json!({ "message": NO_DATA, "errors": [{ "type": none, "input_array": "events", "index": 0 }] }),
        ),
    ] {
        let reply = send(&braze, target, headers, body.as_bytes());
        assert_eq!(
            (reply.status, reply.json()),
            (status, said),
            "{target} {body}"
        );
    }
    assert!(braze.accepted().is_empty());
}

#[test]
fn a_key_without_permission_is_forbidden() {
    let braze = MockBraze::builder().forbidden().start().unwrap();
    assert_eq!(track(&braze, &user("u")).status, 403);
    assert!(braze.accepted().is_empty());
}

#[test]
fn a_body_of_exactly_the_limit_is_read_and_one_byte_more_is_not() {
    let braze = start();
    let good = user("u").to_string();
    for (size, status) in [(MAX_BODY_BYTES, 201), (MAX_BODY_BYTES + 1, 413)] {
        let padded = good.clone() + &" ".repeat(size - good.len());
        let reply = send(
            &braze,
            TRACK,
            &sound(&authorization(&braze)),
            padded.as_bytes(),
        );
        assert_eq!(reply.status, status);
        assert_eq!(braze.exchanges().last().unwrap().body_bytes, size as u64);
    }
    assert_eq!(braze.accepted().len(), 1);
    assert_eq!(braze.exchanges()[1].body, Value::Null);
}

#[test]
fn a_legacy_contract_counts_each_array_for_itself() {
    let braze = MockBraze::builder()
        .limit(ObjectLimit::PerArray)
        .start()
        .unwrap();
    let users: Vec<Value> = (0..75)
        .map(|n| json!({ "external_id": n.to_string() }))
        .collect();
    let events: Vec<Value> = (0..75)
        .map(|_| json!({ "external_id": "u", "name": "n", "time": "2026-03-01" }))
        .collect();
    assert_eq!(
        track(&braze, &json!({ "attributes": users, "events": events })).status,
        201
    );
    assert_eq!(braze.accepted().len(), 150);
}

#[test]
fn what_the_workspace_knows_decides_about_objects() {
    let group = "0f4b7c1e-0000-4000-8000-00000000abcd";
    let braze = MockBraze::builder()
        .block_external_id("dummy")
        .subscription_groups([group])
        .start()
        .unwrap();
    let groups =
        |id: &str| json!([{ "subscription_group_id": id, "subscription_state": "subscribed" }]);
    let reply = track(
        &braze,
        &json!({ "attributes": [
            { "external_id": "dummy" },
            { "external_id": "a", "subscription_groups": groups("other") },
            { "external_id": "b", "subscription_groups": groups(group) },
        ] }),
    );
    let errors = json!([
        { "type": "provided external_id is blacklisted and disallowed", "input_array": "attributes", "index": 0 },
        { "type": "BAD_SUBSCRIPTION_GROUP_ID", "input_array": "attributes", "index": 1 },
    ]);
    assert_eq!(
        reply.json(),
        json!({ "message": "success", "attributes_processed": 1, "errors": errors })
    );
}

#[test]
fn more_requests_than_the_window_allows_get_429_in_the_style_of_the_contract() {
    let hour = Duration::from_secs(3_600);
    for style in [RateLimitStyle::Reset, RateLimitStyle::RetryAfter] {
        let braze = MockBraze::builder()
            .rate_limit(1, hour)
            .rate_limit_style(style)
            .start()
            .unwrap();
        // A request that is not let in uses up nothing.
        assert_eq!(
            send(&braze, TRACK, &[], b"").header("x-ratelimit-remaining"),
            Some("1")
        );
        let first = track(&braze, &user("a"));
        assert_eq!(
            (first.status, first.header("x-ratelimit-remaining")),
            (201, Some("0"))
        );
        let second = track(&braze, &user("b"));
        assert_eq!(
            (second.status, second.json()),
            (429, json!({ "message": "Rate limit exceeded" }))
        );
        let wait: Option<u64> = second
            .header("x-ratelimit-retry-after")
            .map(|value| value.parse().unwrap());
        let reset: Option<u64> = second
            .header("x-ratelimit-reset")
            .map(|value| value.parse().unwrap());
        match style {
            RateLimitStyle::Reset => {
                assert!(wait.is_none() && reset.is_some_and(|at| at > 1_000_000_000))
            }
            RateLimitStyle::RetryAfter => {
                assert!(reset.is_none() && wait.is_some_and(|s| (1..=3_600).contains(&s)))
            }
        }
        assert_eq!(braze.accepted().len(), 1);
    }
}
