//! Conversations, answer by answer.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "the helpers of tests may fail a test"
)]

use std::path::Path;

use hospes_solution::flow::Nodes;
use hospes_solution::session::{Acted, Output, SessionError, State};
use hospes_solution::{Flow, Session};
use serde_json::{Map, Value, json};

/// One step of each kind, and a loop.
const FLOW: &str = r#"start = "welcome"
[input.user_id]
kind = "text"
optional = true
[step.welcome]
say = "Welcome."
next = "details"
[step.details]
next = "which"
failure = "gave-up"
[[step.details.collect]]
name = "name"
kind = "text"
prompt = "Your name?"
[[step.details.collect]]
name = "born"
kind = "date"
prompt = "Your birthday, {name}?"
again = 1
[[step.details.collect]]
name = "system"
kind = "choice"
choices = ["Windows", "Linux"]
prompt = "Your system?"
optional = true
[step.which]
branch = "system"
cases = { Linux = "linux" }
otherwise = "send"
[step.linux]
say = "{system}!"
next = "send"
[step.send]
action = "crm"
payload = { id = "{user_id?}", user = { name = "{name}", born = "{born}", system = "{system?}" }, n = 1 }
keep = "sent"
keep_failure = "why"
success = "tell"
failure = "gave-up"
on = { rejected = "refused", unknown = "person", deadline = "person" }
[step.refused]
say = "Refused: {why.message}"
next = "details"
[step.tell]
action = "mail"
payload = { id = "{sent.id}" }
success = "thanks"
failure = "thanks"
[step.thanks]
say = "Thank you, {name}."
next = "done"
[step.done]
end = "done"
[step.person]
say = "A person will look at it."
next = "handed-over"
[step.handed-over]
end = "handed over"
[step.gave-up]
end = "gave up"
failed = true
"#;

fn flow() -> Flow {
    Flow::parse("f", Path::new("f.toml"), FLOW, &Nodes::unknown()).unwrap()
}

fn start(inputs: Value) -> (Session, Vec<Output>) {
    Session::start(&flow(), "s1", inputs.as_object().unwrap().clone()).unwrap()
}

/// Each output on a line, as short as it is clear.
fn show(outputs: &[Output]) -> String {
    let line = |output: &Output| match output {
        Output::Say { text, .. } => format!("say {text}"),
        Output::Ask(ask) => {
            let reason = ask.reason.as_ref().map(|reason| format!(" ({reason})"));
            format!(
                "ask {}: {}{}",
                ask.field,
                ask.prompt,
                reason.unwrap_or_default()
            )
        }
        Output::Act(act) => format!("act {} {} {}", act.execution_id, act.node, act.payload),
        Output::Edge {
            from,
            edge,
            to,
            reason,
        } => {
            let reason = reason.as_ref().map(|reason| format!(" ({reason})"));
            format!("{from} -{edge}-> {to}{}", reason.unwrap_or_default())
        }
        Output::End { end, failed, .. } => format!("end {end} {failed}"),
        other => panic!("{other:?}"),
    };
    outputs.iter().map(line).collect::<Vec<_>>().join("\n")
}

#[track_caller]
fn check(outputs: Vec<Output>, expected: &str) {
    assert_eq!(show(&outputs), expected.trim());
}

fn success(value: Value) -> Acted {
    Acted::Success(value)
}

#[test]
fn a_conversation_goes_step_by_step() {
    let flow = flow();
    let (mut session, outputs) = start(json!({"user_id": "u-1"}));
    check(
        outputs,
        "say Welcome.\nwelcome -next-> details\nask name: Your name?",
    );
    check(
        session.answer(&flow, " Ada ").unwrap(),
        "ask born: Your birthday, Ada?",
    );
    check(
        session.answer(&flow, "10 Dec 1990").unwrap(),
        "ask system: Your system?",
    );
    check(
        session.answer(&flow, "linux").unwrap(),
        "details -next-> which\nwhich -Linux-> linux\nsay Linux!\nlinux -next-> send\n\
         act s1-1 crm {\"id\":\"u-1\",\"n\":1,\"user\":{\"born\":\"1990-12-10\",\"name\":\"Ada\",\"system\":\"Linux\"}}",
    );
    assert_eq!(session.step(), "send");
    let acting = State::Acting {
        execution_id: "s1-1".to_owned(),
    };
    assert_eq!(session.state(), &acting);
    check(
        session
            .acted(&flow, &success(json!({"id": "c-7"})))
            .unwrap(),
        "send -success-> tell\nact s1-2 mail {\"id\":\"c-7\"}",
    );
    check(
        session.acted(&flow, &success(json!(null))).unwrap(),
        "tell -success-> thanks\nsay Thank you, Ada.\nthanks -next-> done\nend done false",
    );
    assert_eq!(session.variables()["sent"], json!({"id": "c-7"}));
}

#[test]
fn what_is_left_out_is_left_out() {
    let flow = flow();
    let (mut session, _) = start(json!({"user_id": null}));
    session.answer(&flow, "Ada").unwrap();
    session.answer(&flow, "1990-12-10").unwrap();
    check(
        session.answer(&flow, "").unwrap(),
        "details -next-> which\nwhich -otherwise-> send\n\
         act s1-1 crm {\"n\":1,\"user\":{\"born\":\"1990-12-10\",\"name\":\"Ada\"}}",
    );
}

#[test]
fn a_wrong_answer_is_asked_for_again_and_then_given_up() {
    let flow = flow();
    let (mut session, _) = start(json!({}));
    check(
        session.answer(&flow, "  ").unwrap(),
        "ask name: Your name? (An answer is required.)",
    );
    session.answer(&flow, "Ada").unwrap();
    check(
        session.answer(&flow, "3/4/1990").unwrap(),
        "ask born: Your birthday, Ada? (`3/4/1990` can be March 4 or April 3: write 1990-03-04 or 1990-04-03.)",
    );
    check(
        session.answer(&flow, "tomorrow").unwrap(),
        "details -failure-> gave-up (`born`: `tomorrow` is not a date that can be understood: write year, month and day, \
         as in 1990-12-10.)\nend gave up true",
    );
    assert_eq!(session.answer(&flow, "x"), Err(SessionError::NothingAsked));
}

/// A session that waits for the outcome of the first action.
fn acting() -> Session {
    let flow = flow();
    let (mut session, _) = start(json!({}));
    for answer in ["Ada", "1990-12-10", ""] {
        session.answer(&flow, answer).unwrap();
    }
    session
}

#[test]
fn each_kind_of_failure_takes_its_edge() {
    let flow = flow();
    for (source, kind, expected) in [
        (
            "node",
            "rejected",
            "send -rejected-> refused\nsay Refused: why not\nrefused -next-> details\nask name: Your name?",
        ),
        (
            "node",
            "unknown",
            "send -unknown-> person\nsay A person will look at it.\nperson -next-> handed-over\nend handed over false",
        ),
        (
            "host",
            "deadline",
            "send -deadline-> person (deadline: why not)\nsay A person will look at it.\nperson -next-> handed-over\n\
             end handed over false",
        ),
        (
            "node",
            "rate-limited",
            "send -failure-> gave-up\nend gave up true",
        ),
        (
            "host",
            "trap",
            "send -failure-> gave-up (trap: why not)\nend gave up true",
        ),
    ] {
        let mut session = acting();
        let acted = Acted::failed(source, kind, "why not");
        check(session.acted(&flow, &acted).unwrap(), expected);
        assert_eq!(session.variables()["why"]["kind"], kind);
    }
}

#[test]
fn a_detail_that_was_refused_is_sent_again_under_another_id() {
    let flow = flow();
    let mut session = acting();
    session
        .acted(&flow, &Acted::failed("node", "rejected", "no"))
        .unwrap();
    session.answer(&flow, "Grace").unwrap();
    session.answer(&flow, "1906-12-09").unwrap();
    check(
        session.answer(&flow, "").unwrap(),
        "details -next-> which\nwhich -otherwise-> send\n\
         act s1-2 crm {\"n\":1,\"user\":{\"born\":\"1906-12-09\",\"name\":\"Grace\"}}",
    );
}

#[test]
fn half_a_payload_is_never_sent() {
    let flow = flow();
    let mut session = acting();
    // The node's result has no `id`.
    check(
        session.acted(&flow, &success(json!({"ok": true}))).unwrap(),
        "send -success-> tell\n\
         tell -failure-> thanks (invalid-payload: `sent.id` is missing, so nothing was sent)\n\
         say Thank you, Ada.\nthanks -next-> done\nend done false",
    );
}

#[test]
fn a_call_that_was_begun_is_given_again_with_its_id_or_lost() {
    let flow = flow();
    let stored = serde_json::to_string(&acting()).unwrap();
    let mut session: Session = serde_json::from_str(&stored).unwrap();
    let again = session.resume(&flow).unwrap();
    assert!(matches!(&again, Output::Act(act) if act.execution_id == "s1-1" && act.node == "crm"));
    check(
        session.lost(&flow).unwrap(),
        "send -unknown-> person (unknown: the call may have been made, but its outcome is unknown)\n\
         say A person will look at it.\nperson -next-> handed-over\nend handed over false",
    );
}

#[test]
fn the_stored_form_is_fixed() {
    let flow = flow();
    let (mut session, _) = start(json!({}));
    session.answer(&flow, "Ada").unwrap();
    session.answer(&flow, "tomorrow").unwrap();
    assert_eq!(
        serde_json::to_value(&session).unwrap(),
        json!({
            "id": "s1", "flow": "f", "revision": flow.revision, "step": "details",
            "state": "asking", "field": 1, "wrong": 1, "variables": {"name": "Ada"}, "calls": 0,
        })
    );
    let acting = serde_json::to_value(acting()).unwrap();
    assert_eq!(acting["state"], "acting");
    assert_eq!(acting["execution_id"], "s1-1");
    assert_eq!(acting["calls"], 1);
}

#[test]
fn a_session_says_when_its_flow_has_changed() {
    let other = Flow::parse(
        "f",
        Path::new("f.toml"),
        &FLOW.replace("Your name?", "Your whole name?"),
        &Nodes::unknown(),
    )
    .unwrap();
    let (mut session, _) = start(json!({}));
    let before = session.clone();
    let changed = SessionError::Changed {
        started: flow().revision,
        now: other.revision.clone(),
    };
    assert_eq!(session.answer(&other, "Ada"), Err(changed.clone()));
    assert_eq!(
        session.acted(&other, &success(json!({}))),
        Err(changed.clone())
    );
    assert_eq!(session.resume(&other), Err(changed.clone()));
    assert_eq!(session, before);
    assert_eq!(
        changed.to_string(),
        format!(
            "the flow has changed: the session was started with revision {}, and it is now {}",
            flow().revision,
            other.revision
        )
    );
}

#[test]
fn a_session_starts_with_the_flows_inputs_and_nothing_else() {
    let flow = flow();
    let start = |id: &str, inputs: Value| {
        Session::start(&flow, id, inputs.as_object().unwrap().clone())
            .unwrap_err()
            .to_string()
    };
    for (id, inputs, error) in [
        (
            "",
            json!({}),
            "a session's id has 1 to 100 visible ASCII characters",
        ),
        (
            "a b",
            json!({}),
            "a session's id has 1 to 100 visible ASCII characters",
        ),
        (
            "s",
            json!({"userid": "u"}),
            "the flow has no input `userid`: did you mean `user_id`?",
        ),
        (
            "s",
            json!({"user_id": 7}),
            "input `user_id`: Expected a string.",
        ),
    ] {
        assert_eq!(start(id, inputs), error);
    }
    let needs = FLOW.replace(
        "kind = \"text\"\noptional = true\n[step",
        "kind = \"number\"\n[step",
    );
    let needs = Flow::parse("f", Path::new("f.toml"), &needs, &Nodes::unknown()).unwrap();
    let error = Session::start(&needs, "s", Map::new()).unwrap_err();
    assert_eq!(error.to_string(), "the flow needs the input `user_id`");
    let inputs = json!({"user_id": 7}).as_object().unwrap().clone();
    assert_eq!(
        Session::start(&needs, "s", inputs).unwrap().0.variables()["user_id"],
        7
    );
}

#[test]
fn an_altered_session_is_told_apart() {
    let flow = flow();
    let (session, _) = start(json!({}));
    let stored = serde_json::to_value(&session).unwrap();
    for (key, value) in [
        ("step", json!("nowhere")),
        ("step", json!("send")),
        ("field", json!(99)),
    ] {
        let mut altered = stored.clone();
        altered[key] = value;
        let mut altered: Session = serde_json::from_value(altered).unwrap();
        assert_eq!(altered.resume(&flow), Err(SessionError::Broken));
        assert_eq!(altered.answer(&flow, "x"), Err(SessionError::Broken));
    }
}
