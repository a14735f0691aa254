//! Scripts over a real socket: statuses, delays, resets, half answers, echoes, and what is accepted then.

use std::io::{ErrorKind, Read, Write};
use std::time::{Duration, Instant};

use crate::client::{
    PATIENCE, TRACK, authorization, connect, head, send, sound, track, track_raw, user,
};
use hospes_mock_braze::{Echo, Ending, MockBraze, Reset, Script, ScriptStep};
use serde_json::json;

fn play(script: impl Into<Script>) -> MockBraze {
    MockBraze::builder().script(script).start().unwrap()
}

#[test]
fn the_steps_are_played_in_order_and_then_the_server_is_honest_again() {
    let script = r#"[
        {"status": 429, "headers": {"X-Ratelimit-Retry-After": "2"}, "times": 2},
        "honest",
        {"status": 502, "body": "<html>bad gateway</html>", "headers": {"Content-Type": "text/html"}}
    ]"#;
    let braze = play(Script::from_json(script).unwrap());
    let replies: Vec<_> = (0..5)
        .map(|n| track(&braze, &user(&n.to_string())))
        .collect();
    let statuses: Vec<u16> = replies.iter().map(|reply| reply.status).collect();
    assert_eq!(statuses, [429, 429, 201, 502, 201]);
    assert_eq!(replies[1].header("x-ratelimit-retry-after"), Some("2"));
    assert_eq!(replies[1].header("x-ratelimit-reset"), None);
    assert_eq!(
        (replies[3].text.as_str(), replies[3].header("content-type")),
        ("<html>bad gateway</html>", Some("text/html"))
    );
    let scripted: Vec<bool> = braze
        .exchanges()
        .iter()
        .map(|exchange| exchange.scripted)
        .collect();
    assert_eq!(scripted, [true, true, false, true, false]);
}

#[test]
fn what_a_scripted_answer_took_is_accepted() {
    let braze = play([
        ScriptStep::status(500),
        ScriptStep::status(504).accept(true),
        ScriptStep::status(200),
        ScriptStep::status(201).accept(false),
        ScriptStep::status(202),
    ]);
    for n in 0..5 {
        track(&braze, &user(&n.to_string()));
    }
    let taken: Vec<u64> = braze
        .accepted()
        .attributes
        .iter()
        .map(|entry| entry.request)
        .collect();
    assert_eq!(taken, [2, 3, 5]);
    let accepted: Vec<usize> = braze
        .exchanges()
        .iter()
        .map(|exchange| exchange.accepted.total())
        .collect();
    assert_eq!(accepted, [0, 1, 1, 0, 1]);
}

#[test]
fn a_scripted_success_takes_only_what_is_sound() {
    let braze = play([ScriptStep::status(201)
        .body(json!({ "message": "success" }))
        .times(2)]);
    track(
        &braze,
        &json!({ "attributes": [{ "external_id": "u" }, {}] }),
    );
    send(
        &braze,
        TRACK,
        &sound("Bearer wrong"),
        user("v").to_string().as_bytes(),
    );
    assert_eq!(braze.accepted().len(), 1);
}

#[test]
fn a_reset_before_takes_nothing_and_does_not_wait_for_the_body() {
    let braze = play([ScriptStep::reset(Reset::Before)]);
    let mut stream = connect(&braze);
    stream
        .write_all(head(TRACK, &sound(&authorization(&braze)), 1_000).as_bytes())
        .unwrap();
    let error = stream.read_to_end(&mut Vec::new()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionReset);
    assert!(braze.accepted().is_empty());
    assert_eq!(braze.exchanges()[0].ending, Ending::ResetBefore);
    assert_eq!(track(&braze, &user("u")).status, 201);
}

#[test]
fn a_reset_after_takes_the_objects_and_answers_nothing() {
    let braze = play([
        ScriptStep::reset(Reset::After),
        ScriptStep::reset(Reset::After).accept(false),
    ]);
    for _ in 0..2 {
        let (received, ended) = track_raw(&braze, &user("u"));
        assert_eq!(
            (received.len(), ended.unwrap_err().kind()),
            (0, ErrorKind::ConnectionReset)
        );
    }
    assert_eq!(braze.accepted().len(), 1);
    let exchanges = braze.exchanges();
    assert_eq!(
        (exchanges[0].ending, exchanges[0].answer.is_none()),
        (Ending::ResetAfter, true)
    );
    assert_eq!(exchanges[0].body, user("u"));
}

#[test]
fn a_truncated_answer_has_all_headers_and_half_a_body() {
    let braze = play([
        ScriptStep::status(201).body("0123456789").truncated(),
        ScriptStep::status(500).body("").truncated(),
    ]);
    let (received, ended) = track_raw(&braze, &user("u"));
    ended.unwrap();
    let text = String::from_utf8(received).unwrap();
    assert!(
        text.starts_with("HTTP/1.1 201") && text.contains("content-length: 10\r\n"),
        "{text}"
    );
    assert!(text.ends_with("\r\n\r\n01234"), "{text}");
    let (received, ended) = track_raw(&braze, &user("u"));
    ended.unwrap();
    let text = String::from_utf8(received).unwrap();
    assert!(
        text.contains("content-length: 1\r\n") && text.ends_with("\r\n\r\n"),
        "{text}"
    );
    assert_eq!(braze.accepted().len(), 2);
}

#[test]
fn a_delayed_step_is_honest_but_late() {
    let delay = Duration::from_millis(120);
    let braze = play([ScriptStep::delayed(delay)]);
    let asked = Instant::now();
    assert_eq!(track(&braze, &user("u")).status, 201);
    assert!(asked.elapsed() >= delay);
}

#[test]
fn a_delay_holds_up_neither_the_objects_nor_other_requests_nor_the_end() {
    let hour = Duration::from_secs(3_600);
    let braze = play([ScriptStep::delayed(hour)]);
    let body = user("slow").to_string();
    let mut stream = connect(&braze);
    stream
        .write_all(head(TRACK, &sound(&authorization(&braze)), body.len()).as_bytes())
        .unwrap();
    stream.write_all(body.as_bytes()).unwrap();
    assert!(braze.wait_for(1, PATIENCE));
    assert_eq!(braze.accepted().len(), 1);
    assert_eq!(track(&braze, &user("quick")).status, 201);
    assert_eq!(braze.accepted().len(), 2);
    assert!(!braze.wait_for(3, Duration::ZERO));
    drop(braze);
}

#[test]
fn the_received_credential_comes_back_where_the_script_says() {
    let braze = play([
        ScriptStep::honest().echo(Echo::Header),
        ScriptStep::status(500).echo(Echo::Body),
        ScriptStep::status(307).echo(Echo::Location),
    ]);
    let right = authorization(&braze);
    assert_eq!(
        track(&braze, &user("u")).header("x-echo-authorization"),
        Some(right.as_str())
    );
    assert_eq!(track(&braze, &user("u")).text, right);
    let redirect = track(&braze, &user("u"));
    assert_eq!(
        (redirect.status, redirect.header("location")),
        (307, Some(right.as_str()))
    );
    let lines = serde_json::to_string(&braze.exchanges()).unwrap();
    assert!(!lines.contains(braze.key()), "{lines}");
}

#[test]
fn a_step_that_makes_no_sense_does_not_start() {
    let error = MockBraze::builder()
        .script([ScriptStep::honest(), ScriptStep::status(99)])
        .start()
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert_eq!(
        error.to_string(),
        "step 2, field \"status\": a final status is between 200 and 599"
    );
}
