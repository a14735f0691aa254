//! What is sent when all goes well, and what the caller hears.

use std::time::Duration;

use hospes_guest::http::{HeaderValue, Response};
use serde_json::{Value, json};

use super::{body, delivered, host, success, users};
use crate::BrazeTrack;

#[test]
fn one_request_is_sent_as_braze_wants_it() {
    let host = host().answer_next(success());
    let result = host.run_text::<BrazeTrack>(
        r#"{"events": [{"external_id": "u1", "name": "met", "time": "2026-03-01T09:30:00Z"}],
            "attributes": [{"external_id": "u1", "score": 1.50, "big": 12345678901234567890123}],
            "group_id": "g1"}"#,
    );
    assert_eq!(
        result.unwrap(),
        r#"{"success":"true","message":"2 objects delivered in 1 request","requests":1,"processed":{"attributes":1,"events":1,"purchases":0},"queued":false}"#
    );

    let requests = host.requests();
    let [request] = &requests[..] else {
        panic!("one request");
    };
    assert_eq!(
        (&*request.method, &*request.url),
        ("POST", "https://rest.example/users/track")
    );
    assert_eq!(
        request.headers,
        [
            (
                "authorization".to_owned(),
                HeaderValue::Secret {
                    name: "braze_api_key".to_owned(),
                    prefix: "Bearer ".to_owned()
                }
            ),
            (
                "content-type".to_owned(),
                HeaderValue::Text("application/json".to_owned())
            ),
        ]
    );
    assert_eq!(request.timeout, Some(Duration::from_millis(29_500)));
    assert_eq!(
        std::str::from_utf8(request.body.as_deref().unwrap()).unwrap(),
        r#"{"partner":"pypestream","group_id":"g1","attributes":[{"external_id": "u1", "score": 1.50, "big": 12345678901234567890123}],"events":[{"external_id": "u1", "name": "met", "time": "2026-03-01T09:30:00Z"}]}"#
    );
    assert_eq!(host.logs(), []);
}

#[test]
fn a_conversation_is_sent_as_attributes_and_event() {
    let host = host().answer_next(success());
    let result = host.run::<BrazeTrack>(json!({
        "user": {
            "external_id": "u1", "first_name": "Ada", "last_name": "Lovelace",
            "email": "ada@example.com", "dob": "1815-12-10", "home_city": "London",
            "operating_system": "Analytical Engine",
        },
        "event": {"name": "met", "properties": {"place": "fair"}},
        "partner": "own",
    }));
    assert_eq!(
        result.unwrap()["message"],
        "2 objects delivered in 1 request"
    );
    let sent = body(&host.requests()[0]);
    assert_eq!(sent["partner"], "own");
    assert_eq!(
        sent["attributes"][0]["operating_system"],
        "Analytical Engine"
    );
    assert_eq!(sent["events"][0]["external_id"], "u1");
    assert_eq!(sent["events"][0]["properties"], json!({"place": "fair"}));
    assert!(sent["events"][0]["time"].as_str().unwrap().ends_with('Z'));
}

#[test]
fn large_payloads_take_several_requests_one_after_another() {
    let host = host().answer_with(|_| Ok(success()));
    let mut payload = users(200);
    payload["events"] = (0..40)
        .map(|n| json!({"external_id": format!("u{n}"), "name": "met", "time": "2026-03-01"}))
        .collect();
    assert_eq!(
        host.run::<BrazeTrack>(&payload),
        Ok(json!({
            "success": "true",
            "message": "240 objects delivered in 4 requests",
            "requests": 4,
            "processed": delivered(200, 40),
            "queued": false,
        }))
    );
    let mut sent: [Vec<Value>; 2] = Default::default();
    for request in host.requests() {
        let body = body(&request);
        for (array, sent) in ["attributes", "events"].iter().zip(&mut sent) {
            sent.extend(body[array].as_array().into_iter().flatten().cloned());
        }
    }
    let [attributes, events] = sent;
    assert_eq!(payload, json!({"attributes": attributes, "events": events}));
}

#[test]
fn a_request_that_is_only_queued_is_delivered() {
    let host = host().answer_next(Response::new(202).with_json(&json!({"message": "queued"})));
    assert_eq!(
        host.run::<BrazeTrack>(users(1)),
        Ok(json!({
            "success": "true",
            "message": "1 object delivered in 1 request",
            "requests": 1,
            "processed": delivered(1, 0),
            "queued": true,
        }))
    );
}

#[test]
fn a_count_that_does_not_add_up_is_a_note() {
    let answer = json!({"message": "success", "attributes_processed": 1});
    let host = host().answer_next(Response::new(201).with_json(&answer));
    assert!(host.run::<BrazeTrack>(users(2)).is_ok());
    let logs = host.logs();
    assert_eq!(logs[0].message, "Braze counts other than we do");
    assert_eq!(
        logs[0].fields,
        [("array", "attributes"), ("ours", "2"), ("theirs", "1")]
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
    );
}

#[test]
fn an_empty_partner_is_left_out() {
    let host = host()
        .params(json!({"braze_url": "https://rest.example", "partner": ""}))
        .answer_next(success());
    host.run::<BrazeTrack>(users(1)).unwrap();
    assert_eq!(body(&host.requests()[0]).get("partner"), None);
}

#[test]
fn what_braze_would_ignore_is_sent_and_noted() {
    let host = host().answer_next(success());
    let mut payload = users(1);
    payload["atributes"] = json!([]);
    host.run::<BrazeTrack>(&payload).unwrap();
    assert_eq!(body(&host.requests()[0])["atributes"], json!([]));
    assert_eq!(
        host.logs()[0].message,
        "Braze ignores this member of the payload"
    );
    assert_eq!(
        host.logs()[0].fields,
        [("name".to_owned(), "atributes".to_owned())]
    );
}
