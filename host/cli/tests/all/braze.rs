//! The Braze node against `hospes mock braze`: 200 attributes and 40 events
//! are four requests, and each answer to one of them has its outcome.

use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use crate::dir::{Dir, Ended};
use crate::mock::Mock;

const ATTRIBUTES: usize = 200;
const EVENTS: usize = 40;

fn payload() -> Value {
    let id = |i: usize| format!("user-{i:03}");
    let attributes: Vec<Value> = (0..ATTRIBUTES)
        .map(|i| json!({"external_id": id(i), "first_name": "Ada", "email": format!("{}@example.com", id(i))}))
        .collect();
    let events: Vec<Value> = (0..EVENTS)
        .map(|i| json!({"external_id": id(i), "name": "signed_up", "time": "2026-03-01T09:30:00Z"}))
        .collect();
    json!({ "attributes": attributes, "events": events })
}

/// Runs the node as a user would who has no solution file.
fn run(dir: &Dir, mock: &Mock, flags: &[&str]) -> Ended {
    dir.file("payload.json", payload().to_string());
    let url = format!("braze_url={}", mock.url);
    dir.hospes([
        "run",
        hospes_artifacts::BRAZE_TRACK,
        "--payload",
        "payload.json",
        "--param",
        &url,
    ])
    .args(["--secret", "braze_api_key=env:BRAZE_API_KEY"])
    .args(["--allow", "POST {braze_url}/users/track"])
    .args(flags)
    .env("BRAZE_API_KEY", &mock.key)
    .run()
}

/// What is expected of a run.
struct Expected {
    code: i32,
    /// The failure's kind; none for success.
    kind: Option<&'static str>,
    /// The wait in milliseconds, and how much less it may be.
    wait: Option<(u64, u64)>,
    /// Objects in `details`: delivered, refused, unknown, undelivered.
    objects: [usize; 4],
    /// Requests that Braze receives.
    requests: usize,
    /// Objects that Braze takes.
    taken: usize,
}

impl Default for Expected {
    fn default() -> Expected {
        Expected {
            code: 1,
            kind: None,
            wait: None,
            objects: [0; 4],
            requests: 1,
            taken: 0,
        }
    }
}

#[track_caller]
fn check(name: &str, script: Value, expected: &Expected) {
    let dir = Dir::new();
    let mut mock = Mock::start(&dir, &script, &[]);
    let ended = run(&dir, &mock, &["--json"]).code(expected.code);
    let outcome = ended.json();
    let failure = &outcome["failure"];
    assert_eq!(
        failure["kind"].as_str(),
        expected.kind,
        "{name}: {outcome:#}"
    );
    match expected.kind {
        None => {
            assert_eq!(outcome["route"], "success", "{name}");
            let processed = json!({"attributes": ATTRIBUTES, "events": EVENTS, "purchases": 0});
            assert_eq!(outcome["result"]["processed"], processed, "{name}");
            assert_eq!(outcome["result"]["requests"], expected.requests, "{name}");
        }
        Some(_) => {
            assert_eq!(outcome["route"], "failure", "{name}");
            assert_eq!(failure["source"], "node", "{name}");
            let details = &failure["details"];
            let delivered = details["delivered"].as_object().unwrap();
            let delivered: u64 = delivered
                .values()
                .map(|count| count.as_u64().unwrap())
                .sum();
            let listed = |list: &str| details[list].as_array().unwrap().len();
            let objects = [
                delivered as usize,
                listed("refused"),
                listed("unknown"),
                listed("undelivered"),
            ];
            assert_eq!(objects, expected.objects, "{name}: {failure:#}");
        }
    }
    match (expected.wait, failure["retry_after_ms"].as_u64()) {
        (None, None) => {}
        (Some((wait, less)), Some(found)) => {
            assert!((wait - less..=wait).contains(&found), "{name}: {found}")
        }
        (wait, found) => panic!("{name}: {found:?} instead of {wait:?}"),
    }
    let requests: Vec<Value> = (0..expected.requests).map(|_| mock.line()).collect();
    let taken = |request: &Value| -> u64 {
        request["accepted"]
            .as_object()
            .unwrap()
            .values()
            .map(|count| count.as_u64().unwrap())
            .sum()
    };
    assert_eq!(
        requests.iter().map(taken).sum::<u64>(),
        expected.taken as u64,
        "{name}"
    );
    assert_eq!(
        outcome["usage"]["http_requests"], expected.requests,
        "{name}"
    );
    let everything = format!("{ended:?} {requests:?}");
    assert!(!everything.contains(&mock.key), "{name}: the key leaked");
}

/// A 429 with one header.
fn slow_down(header: &str, value: impl ToString) -> Value {
    json!([{"status": 429, "headers": {header: value.to_string()}}])
}

fn epoch(in_seconds: u64) -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_secs()
        + in_seconds
}

#[test]
fn each_answer_has_its_outcome() {
    let all = ATTRIBUTES + EVENTS;
    let failure = |kind| Expected {
        kind: Some(kind),
        ..Expected::default()
    };
    let nothing = |kind| Expected {
        objects: [0, 0, 0, all],
        ..failure(kind)
    };
    let wait = |less| Expected {
        wait: Some((7000, less)),
        ..nothing("rate-limited")
    };
    let perhaps = |kind| Expected {
        objects: [0, 0, 75, all - 75],
        taken: 75,
        ..failure(kind)
    };
    let one_refused = json!({
        "message": "success", "attributes_processed": 74,
        "errors": [{"type": "'email' is not valid", "input_array": "attributes", "index": 3}],
    });
    let cases = [
        (
            "honest",
            json!([]),
            Expected {
                code: 0,
                requests: 4,
                taken: all,
                ..Expected::default()
            },
        ),
        ("401", json!([{"status": 401}]), nothing("unauthorized")),
        (
            "401 that repeats the key",
            json!([{"status": 401, "echo": "body"}]),
            nothing("unauthorized"),
        ),
        (
            "401 after a delivery",
            json!(["honest", {"status": 401}]),
            Expected {
                objects: [75, 0, 0, all - 75],
                requests: 2,
                taken: 75,
                ..failure("partial")
            },
        ),
        (
            "429, X-Ratelimit-Retry-After",
            slow_down("X-Ratelimit-Retry-After", 7),
            wait(0),
        ),
        ("429, Retry-After", slow_down("Retry-After", 7), wait(0)),
        (
            "429, X-RateLimit-Reset from now",
            slow_down("X-RateLimit-Reset", 7),
            wait(0),
        ),
        ("503", json!([{"status": 503}]), nothing("unavailable")),
        (
            "a partial 201",
            json!([{"status": 201, "body": one_refused}]),
            Expected {
                objects: [all - 1, 1, 0, 0],
                requests: 4,
                taken: all,
                ..failure("partial")
            },
        ),
        (
            "a reset after the request",
            json!([{"reset": "after"}]),
            perhaps("unknown"),
        ),
        (
            "an empty 200",
            json!([{"status": 200, "body": ""}]),
            perhaps("protocol"),
        ),
    ];
    for (name, script, expected) in &cases {
        check(name, script.clone(), expected);
    }
    // Made last: the moment must not pass while others run.
    let reset = slow_down("X-RateLimit-Reset", epoch(60));
    let wait = Some((60_000, 30_000));
    check(
        "429, X-RateLimit-Reset, epoch",
        reset,
        &Expected {
            wait,
            ..nothing("rate-limited")
        },
    );
}

#[test]
fn a_partial_answer_names_the_callers_objects() {
    let dir = Dir::new();
    let body = json!({
        "message": "success",
        "errors": [{"type": "'name' is not valid", "input_array": "events", "index": 1}],
    });
    // The third request holds the attributes from 150 and the events up to 24.
    let script = json!(["honest", "honest", {"status": 201, "body": body}]);
    let mock = Mock::start(&dir, &script, &[]);
    let outcome = run(&dir, &mock, &["--json"]).code(1).json();
    assert_eq!(
        outcome["failure"]["details"]["refused"],
        json!([{"array": "events", "index": 1, "type": "'name' is not valid"}])
    );
}

#[test]
fn arrays_count_for_themselves_where_the_contract_is_old() {
    let dir = Dir::new();
    let mock = Mock::start(
        &dir,
        &json!([]),
        &["--limit", "per-array", "--key", "another-key"],
    );
    assert_eq!(mock.key, "another-key");
    run(&dir, &mock, &["--json"]).code(0);
}

#[test]
fn a_failure_is_shown_to_people() {
    let dir = Dir::new();
    let mock = Mock::start(&dir, &slow_down("Retry-After", 7), &[]);
    let ended = run(&dir, &mock, &["--limit", "requests=1"]).code(1);
    let start = "failure: rate-limited\nBraze asks to slow down: HTTP 429\nRepeat after 7 s.\n{\n";
    assert!(ended.stdout.starts_with(start), "{}", ended.stdout);
    assert_eq!(ended.stderr, "");
}

#[test]
fn nobody_there_is_a_failure_that_may_be_repeated() {
    // Bound and closed again: nothing listens here.
    let closed = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let dir = Dir::new();
    let mock = Mock::start(&dir, &json!([]), &[]);
    let url = format!("braze_url=http://{closed}");
    let ended = run(&dir, &mock, &["--json", "--param", &url]).code(1);
    let failure = &ended.json()["failure"];
    assert_eq!(failure["kind"], "unavailable");
    assert_eq!(failure["details"]["requests"], 0);
    assert_eq!(
        failure["details"]["undelivered"].as_array().unwrap().len(),
        ATTRIBUTES + EVENTS
    );
}
