//! Recordings: what is in one, and that it is whole.

use std::io::Write;
use std::sync::{Arc, Mutex};

use hospes::egress::Secret;
use hospes::policy::Origin;
use hospes::recording::{Recording, RecordingError};
use hospes::{Context, NodeConfig, Outcome, Policy, SecretGrant};
use hospes_artifacts as guests;
use serde_json::{Value, json};

use crate::support::{guest, load, runtime};
use crate::upstream::Upstream;

const KEY: &str = "k3y-0f-the-canary/+";

/// Runs a guest once and records it.
#[track_caller]
fn recorded(config: NodeConfig, payload: &str) -> (Outcome, Recording) {
    let node = load(config);
    let kept: Arc<Mutex<Option<Recording>>> = Arc::default();
    let keep = Arc::clone(&kept);
    let context = Context::new().on_recording(move |recording| {
        *keep.lock().unwrap() = Some(recording);
    });
    let outcome = runtime().execute_blocking(&node, payload, &context);
    let recording = kept.lock().unwrap().take().unwrap();
    (outcome.unwrap(), recording)
}

fn lines(recording: &Recording) -> Vec<Value> {
    let lines = recording.lines();
    lines
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// The events in order, without clocks and random numbers.
fn events(recording: &Recording) -> Vec<Value> {
    let mut lines = lines(recording);
    lines.retain(|line| line["event"] != "clock" && line["event"] != "random");
    lines
}

fn names(events: &[Value]) -> Vec<&str> {
    let names = events.iter().map(|event| event["event"].as_str());
    names.map(|name| name.unwrap_or("header")).collect()
}

fn granted(path: &str, upstream: &Upstream) -> NodeConfig {
    let origin = Origin::parse(&upstream.origin()).unwrap();
    guest(path, &[])
        .policy(Policy::parse([upstream.origin()]).unwrap())
        .secret(SecretGrant::new("key", Secret::new(KEY).unwrap()).to([origin]))
}

#[test]
fn a_recording_holds_what_crossed_the_border_in_order() {
    let upstream =
        Upstream::canned("HTTP/1.1 201 Created\r\nx-a: b\r\ncontent-length: 2\r\n\r\nok");
    let payload = json!([
        {"method": "POST", "url": upstream.origin() + "/a", "headers": [["x-one", "1"]], "body": "{\"a\": 1}"},
    ]);
    let text = payload.to_string();
    let (outcome, recording) = recorded(granted(guests::FETCH, &upstream), &text);
    assert!(recording.is_complete());
    let events = events(&recording);
    assert_eq!(
        names(&events),
        ["header", "call", "attempt", "request", "answer", "outcome"]
    );
    assert_eq!(events[0]["component"], *outcome.revision.digest);
    assert_eq!(events[0]["execution_id"], *outcome.execution_id);
    assert_eq!(events[0]["limits"]["requests"], "16");
    assert_eq!(events[1]["payload"], *text);
    assert_eq!(events[1]["secrets"], json!(["key"]));
    let request = &events[3];
    assert_eq!(request["interface"], "hospes:node/http");
    assert_eq!(request["method"], "POST");
    assert_eq!(request["url"], upstream.origin() + "/a");
    assert_eq!(request["headers"][0], json!(["x-one", {"text": "1"}]));
    assert_eq!(request["body"], json!({"text": "{\"a\": 1}"}));
    let answer = &events[4];
    assert_eq!(answer["decision"], "allowed");
    assert_eq!(answer["status"], 201);
    assert_eq!(answer["headers"][0], json!(["x-a", "b"]));
    assert_eq!(answer["body"], json!({"text": "ok"}));
    assert_eq!(events[5]["result"], *outcome.result().unwrap().as_str());
    assert_eq!(events[5]["blanked"], false);
}

#[test]
fn a_request_over_wasi_http_is_recorded_with_the_body_that_came_later() {
    let upstream = Upstream::canned("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
    for path in [guests::STANDARD_FETCH, guests::STANDARD_FETCH_ASYNC] {
        let payload = json!([{"method": "POST", "url": upstream.origin() + "/", "body": "late"}]);
        let (_, recording) = recorded(granted(path, &upstream), &payload.to_string());
        let events = events(&recording);
        assert_eq!(
            names(&events),
            [
                "header",
                "call",
                "attempt",
                "request",
                "request-body",
                "answer",
                "outcome"
            ],
            "{path}"
        );
        assert_eq!(events[3]["interface"], "wasi:http");
        assert_eq!(events[4]["body"], json!({"text": "late"}));
    }
}

#[test]
fn no_byte_of_a_recording_holds_a_secret() {
    let upstream = Upstream::new(|request, stream| {
        let sent = request.lines().find_map(|line| line.split_once("Bearer "));
        let sent = sent.map_or("nothing", |(_, sent)| sent);
        let body = format!("you sent {sent}");
        write!(
            stream,
            "HTTP/1.1 200 OK\r\nx-echo: {sent}\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        )
        .is_ok()
    });
    // In the payload, a URL, a header and a body, where a caller put it.
    let payload = json!([
        {
            "method": "POST", "url": upstream.origin() + "/", "body": KEY,
            "secret": ["authorization", "key", "Bearer "],
        },
        {"method": "POST", "url": format!("{}/?{KEY}", upstream.origin()), "headers": [["x-key", KEY]]},
    ]);
    let (_, recording) = recorded(granted(guests::FETCH, &upstream), &payload.to_string());
    let text = recording.to_string();
    for form in [KEY, "k3y-0f-the-canary", "canary"] {
        assert!(!text.contains(form), "{text}");
    }
    let events = events(&recording);
    let request = events
        .iter()
        .find(|event| event["event"] == "request")
        .unwrap();
    let headers = request["headers"].as_array().unwrap();
    let reference = json!(["authorization", {"secret": "key", "prefix": "Bearer "}]);
    assert!(headers.contains(&reference), "{headers:?}");
    let answer = events.iter().find(|event| event["status"] == 200).unwrap();
    assert_eq!(answer["body"], json!({"text": "you sent ***"}));
    assert_eq!(events.last().unwrap()["blanked"], true);
}

#[test]
fn what_the_gate_refuses_is_recorded_with_its_reason() {
    let upstream = Upstream::canned("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
    let payload = json!([
        {"method": "GET", "url": "https://elsewhere.example/"},
        {"method": "GET", "url": "no url"},
    ]);
    let (_, recording) = recorded(granted(guests::FETCH, &upstream), &payload.to_string());
    let events = events(&recording);
    let answer = |id: u64| {
        let answers = events.iter().filter(|event| event["event"] == "answer");
        answers.into_iter().find(|event| event["id"] == id).unwrap()
    };
    assert_eq!(answer(0)["decision"], "denied");
    assert_eq!(
        answer(0)["error"],
        json!({"case": "denied", "message": "no-rule"})
    );
    assert_eq!(answer(1)["decision"], "refused");
    assert_eq!(answer(1)["error"]["cause"], "url");
    assert_eq!(upstream.connections(), 0);
}

#[test]
fn clocks_are_recorded_also_of_a_node_that_is_stopped() {
    let config = guest(guests::CLOCK_WATCHING, &[("deadline", "100ms")]);
    let (outcome, recording) = recorded(config, "null");
    let lines = lines(&recording);
    let reads: Vec<u64> = lines
        .iter()
        .filter(|line| line["clock"] == "monotonic")
        .map(|line| line["ns"].as_u64().unwrap())
        .collect();
    assert!(reads.len() > 1 && reads.is_sorted(), "{reads:?}");
    let last = lines.last().unwrap();
    assert_eq!(last["failure"]["kind"], outcome.kind());
    assert_eq!(last["failure"]["source"], "host");
}

#[test]
fn random_bytes_are_recorded_and_are_others_each_time() {
    let drawn = || {
        let component = hospes_tests::guest_by_hand("a_few_random_bytes").unwrap();
        let (_, recording) = recorded(NodeConfig::from_bytes(component), "null");
        let mut lines = lines(&recording);
        lines.retain(|line| line["event"] == "random");
        assert_eq!(lines.len(), 1, "{lines:?}");
        let line = lines.remove(0);
        assert_eq!(line.as_object().unwrap().len(), 4, "{line}");
        assert_eq!(line["source"], "secure");
        let bytes = line["bytes"].as_str().unwrap().to_owned();
        // It asks for 32 bytes, and a number of 4 is drawn for each.
        assert_eq!(bytes.trim_end_matches('=').len(), 171, "{bytes}");
        bytes
    };
    assert_ne!(drawn(), drawn());
}

#[test]
fn a_payload_that_is_too_long_is_not_recorded_and_its_fault_is() {
    let config = guest(guests::HELLO, &[("payload", "2")]);
    let (_, recording) = recorded(config, r#"{"name": "Ada"}"#);
    let events = events(&recording);
    assert_eq!(names(&events), ["header", "outcome"]);
    assert_eq!(events[1]["failure"]["kind"], "payload-too-large");
}

#[test]
fn what_does_not_fit_into_a_recording_is_left_out_and_counted() {
    let config = || guest(guests::HELLO, &[("payload", "16MiB"), ("memory", "256MiB")]);
    let name = "a".repeat(usize::try_from(Recording::MAX_BYTES).unwrap());
    let (_, recording) = recorded(config(), &json!({"name": name}).to_string());
    assert!(!recording.is_complete());
    let events = events(&recording);
    assert_eq!(names(&events), ["header", "outcome"]);
    // The call and the attempt, at least.
    assert!(events[1]["left_out"].as_u64().unwrap() >= 2, "{events:?}");
    // The nearest one that fits.
    let (_, recording) = recorded(config(), &json!({"name": &name[1 << 20..]}).to_string());
    assert_eq!(names(&self::events(&recording))[1], "call");
}

#[test]
fn a_changed_a_cut_off_and_a_newer_recording_are_refused_by_line() {
    let (_, recording) = recorded(guest(guests::HELLO, &[]), r#"{"name": "Ada"}"#);
    let text = recording.to_string();
    let count = recording.lines().count();
    assert_eq!(Recording::parse(&text).unwrap(), recording);
    // The last line's end is not part of it.
    assert_eq!(Recording::parse(text.trim_end()).unwrap(), recording);

    let lines: Vec<&str> = text.lines().collect();
    for (at, line) in lines.iter().enumerate() {
        let number = at as u64 + 1;
        let changed = [
            line.replacen("\"Ada\\\"", "\"Eve\\\"", 1),
            line.replacen("\":", "\": ", 1),
            line.replacen("sha256:", "sha256:0", 1),
        ];
        for changed in changed.iter().filter(|changed| changed != line) {
            let mut others = lines.clone();
            others[at] = changed;
            let error = Recording::parse(&others.join("\n")).unwrap_err();
            let expected = match at + 1 == count {
                true if !changed.contains(",\"chain\":\"") => RecordingError::CutOff(number),
                _ => RecordingError::Changed(number),
            };
            assert_eq!(error, expected, "{changed}");
        }
        if at > 0 {
            let without = [&lines[..at], &lines[at + 1..]].concat().join("\n");
            let error = Recording::parse(&without).unwrap_err();
            let expected = match at + 1 == count {
                true => RecordingError::CutOff(number - 1),
                false => RecordingError::Changed(number),
            };
            assert_eq!(error, expected);
        }
    }
    // Cut off within the last line and after each earlier one.
    for cut in 1..lines[count - 1].len() {
        let part = text.get(..text.len() - 1 - cut).unwrap();
        assert!(Recording::parse(part).is_err(), "{part}");
    }
    let after = text.clone() + lines[1];
    let last = count as u64 + 1;
    assert_eq!(
        Recording::parse(&after),
        Err(RecordingError::Continues(last))
    );
    let newer = text.replacen("\"version\":1", "\"version\":2", 1);
    assert_eq!(Recording::parse(&newer), Err(RecordingError::Version(2)));
    for foreign in ["", "{}", "[1]", "{\"format\":\"har\",\"version\":1}", "\0"] {
        assert_eq!(Recording::parse(foreign), Err(RecordingError::Foreign));
    }
}
