//! The flows of `examples/`, whatever their nodes answer.

#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "the helpers of tests may fail a test"
)]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use hospes::outcome::FailureKind;
use hospes_solution::flow::FAULT_KINDS;
use hospes_solution::session::{Acted, Output};
use hospes_solution::{Flow, Session, Solution};
use serde_json::{Map, json};

fn example(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../examples")
        .join(name)
        .join("hospes.toml")
}

fn flow() -> Flow {
    let solution = Solution::load(example("onboarding")).unwrap();
    solution.flows["onboarding"].clone()
}

/// A session whose call is under way.
fn acting(flow: &Flow) -> Session {
    let (mut session, _) = Session::start(flow, "s", Map::new()).unwrap();
    for answer in [
        "Ada",
        "Example",
        "ada@example.com",
        "1990-12-10",
        "",
        "Linux",
    ] {
        session.answer(flow, answer).unwrap();
    }
    session
}

/// What is said, and how it ends or what is asked for.
fn heard(outputs: &[Output]) -> String {
    let part = |output: &Output| match output {
        Output::Say { text, .. } => Some(text.clone()),
        Output::Ask(ask) => Some(format!("{}?", ask.field)),
        Output::End { end, failed, .. } => Some(format!("[{end}, {}]", !failed)),
        _ => None,
    };
    outputs
        .iter()
        .filter_map(part)
        .collect::<Vec<_>>()
        .join(" ")
}

const NOT_NOW: &str = "We could not save your details just now. Nothing is saved; please come back in a while. [try later, false]";
const NOT_US: &str =
    "Something is wrong on our side. Nothing is saved, and we have been told. [broken, false]";
const HAND_OVER: &str = "A colleague will look at it and come back to you. There is nothing that you need to do. \
                         [handed over, false]";
const UNSURE: &str = "Something went wrong on our side, and we can't tell yet whether your details are saved. A \
                      colleague will look at it and come back to you. There is nothing that you need to do. [handed \
                      over, false]";
const AGAIN: &str = "Your details were refused, and nothing is saved yet. Let us go through them again. first_name?";

#[test]
fn onboarding_has_careful_words_for_every_kind_of_failure() {
    let expected = [
        ("invalid-payload", AGAIN),
        ("invalid-params", NOT_US),
        ("denied", NOT_US),
        ("unauthorized", NOT_US),
        ("rejected", NOT_US),
        ("partial", HAND_OVER),
        ("rate-limited", NOT_NOW),
        ("unavailable", NOT_NOW),
        ("unknown", HAND_OVER),
        ("protocol", UNSURE),
        ("internal", UNSURE),
        ("deadline", UNSURE),
        ("cancelled", UNSURE),
        ("memory", UNSURE),
        ("stack", UNSURE),
        ("trap", UNSURE),
        ("payload-too-large", NOT_US),
        ("result-too-large", UNSURE),
        ("invalid-result", UNSURE),
        ("overloaded", NOT_NOW),
        ("refused", NOT_US),
        ("host", UNSURE),
    ];
    let kinds = FailureKind::ALL.into_iter().map(FailureKind::as_str);
    let kinds: BTreeSet<&str> = kinds.chain(FAULT_KINDS).collect();
    assert_eq!(
        expected
            .map(|(kind, _)| kind)
            .into_iter()
            .collect::<BTreeSet<_>>(),
        kinds
    );
    let flow = flow();
    for (kind, words) in expected {
        let mut session = acting(&flow);
        let outputs = session.acted(&flow, &Acted::failed("node", kind, "why not"));
        assert_eq!(heard(&outputs.unwrap()), words, "{kind}");
    }
    let mut session = acting(&flow);
    assert_eq!(heard(&session.lost(&flow).unwrap()), HAND_OVER);
}

#[test]
fn onboarding_asks_again_for_the_detail_that_was_refused() {
    let flow = flow();
    let email = "The value provided for the 'email' field is not a valid email.";
    for (kind, refused, words) in [
        (
            "invalid-payload",
            json!({"array": "attributes", "index": 0, "pointer": "/user/dob", "type": "'dob' is not valid"}),
            "The date 1990-12-10 was refused. born?",
        ),
        (
            "invalid-payload",
            json!({"array": "attributes", "index": 0, "pointer": "/user/email", "type": email}),
            "The address ada@example.com was refused. email?",
        ),
        (
            "rejected",
            json!({"array": "attributes", "index": 0, "type": email}),
            "The address ada@example.com was refused. email?",
        ),
        (
            "rejected",
            json!({"array": "events", "index": 0, "type": "?"}),
            AGAIN,
        ),
    ] {
        let mut session = acting(&flow);
        let Acted::Failure(mut failed) = Acted::failed("node", kind, "refused") else {
            unreachable!()
        };
        failed.details = Some(json!({ "refused": [refused] }));
        let outputs = session.acted(&flow, &Acted::Failure(failed)).unwrap();
        assert_eq!(heard(&outputs), words);
    }
}

#[test]
fn the_second_node_is_given_what_the_first_has_made() {
    let solution = Solution::load(example("two-nodes")).unwrap();
    let flow = &solution.flows["greet"];
    let (mut session, _) = Session::start(flow, "s", Map::new()).unwrap();
    session.answer(flow, "Ada").unwrap();
    session.answer(flow, "ada@example.com").unwrap();
    let greeting = Acted::Success(json!({"greeting": "Hello, Ada."}));
    let outputs = session.acted(flow, &greeting).unwrap();
    let Some(Output::Act(act)) = outputs.last() else {
        unreachable!("{outputs:?}")
    };
    assert_eq!(act.node, "braze-track");
    assert_eq!(
        act.payload["event"]["properties"],
        json!({"words": "Hello, Ada."})
    );
}
