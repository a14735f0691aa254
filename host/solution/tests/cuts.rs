//! Any session, cut anywhere and resumed from its stored form, ends like an
//! uncut one and calls each action exactly once.

#![allow(
    clippy::panic,
    clippy::unwrap_used,
    reason = "the helpers of tests may fail a test"
)]

use std::collections::BTreeMap;
use std::path::Path;

use hospes_solution::flow::Nodes;
use hospes_solution::session::{Acted, Output, State};
use hospes_solution::{Flow, Session};
use proptest::prelude::*;
use serde_json::{Map, json};

/// Collects, branches, acts twice in a row, and goes round when refused.
const FLOW: &str = r#"start = "details"
[step.details]
next = "which"
failure = "gave-up"
[[step.details.collect]]
name = "born"
kind = "date"
prompt = "Your birthday?"
[[step.details.collect]]
name = "news"
kind = "boolean"
prompt = "News?"
optional = true
again = 0
[step.which]
branch = "news"
cases = { true = "subscribe" }
otherwise = "send"
[step.subscribe]
action = "news"
payload = { born = "{born}" }
keep = "subscription"
success = "send"
failure = "send"
[step.send]
action = "crm"
payload = { born = "{born}", news = "{news?}" }
keep_failure = "why"
success = "thanks"
failure = "gave-up"
on = { rejected = "details", unknown = "person" }
[step.thanks]
say = "Thanks."
next = "done"
[step.done]
end = "done"
[step.person]
end = "person"
[step.gave-up]
end = "gave up"
failed = true
"#;

/// What happens outside: answers and outcomes, in order.
#[derive(Clone, Debug)]
struct World {
    answers: Vec<&'static str>,
    outcomes: Vec<&'static str>,
}

/// A host. It keeps the outcome of each call by execution id before it does
/// anything else with it.
#[derive(Default)]
struct Host {
    /// What was said and decided, in order.
    story: Vec<Output>,
    calls: BTreeMap<String, (usize, Acted)>,
    answered: usize,
}

impl Host {
    /// The outcome of a call: the one it had before, or a new one.
    fn call(&mut self, id: &str, world: &World) -> Acted {
        if let Some((_, known)) = self.calls.get(id) {
            return known.clone();
        }
        let made = self.calls.len();
        let acted = match world.outcomes.get(made) {
            Some(&"success") | None => Acted::Success(json!({ "n": made })),
            Some(kind) => Acted::failed("node", kind, "why not"),
        };
        self.calls.insert(id.to_owned(), (1, acted.clone()));
        acted
    }
}

fn flow() -> Flow {
    Flow::parse("f", Path::new("f.toml"), FLOW, &Nodes::unknown()).unwrap()
}

/// Runs a session to its end. At every number in `cuts` the host dies: before
/// the call is made if `early`, or after it was made and before the session
/// heard of it.
fn run(flow: &Flow, world: &World, cuts: &[usize], early: bool) -> (Host, Session) {
    let mut host = Host::default();
    let (mut session, outputs) = Session::start(flow, "s", Map::new()).unwrap();
    host.story.extend(outputs);
    for turn in 0.. {
        assert!(turn < 1000, "it does not end");
        let cut = cuts.contains(&turn);
        if cut {
            session = serde_json::from_str(&serde_json::to_string(&session).unwrap()).unwrap();
            let said = session.resume(flow).unwrap();
            // What it says again is what it said last; only a reason is gone.
            match (&said, host.story.last().unwrap()) {
                (Output::Ask(now), Output::Ask(before)) => assert_eq!(now.field, before.field),
                (now, before) => assert_eq!(now, before),
            }
        }
        let outputs = match session.state().clone() {
            State::Ended { .. } => break,
            State::Asking { .. } => {
                let answer = world.answers.get(host.answered).copied().unwrap_or("no");
                host.answered += 1;
                session.answer(flow, answer).unwrap()
            }
            State::Acting { execution_id } => {
                if cut && !early {
                    // The call was made, and the process died with its outcome.
                    host.call(&execution_id, world);
                    let stored = serde_json::to_string(&session).unwrap();
                    session = serde_json::from_str(&stored).unwrap();
                }
                let acted = host.call(&execution_id, world);
                session.acted(flow, &acted).unwrap()
            }
            other => panic!("{other:?}"),
        };
        host.story.extend(outputs);
    }
    (host, session)
}

fn world() -> impl Strategy<Value = World> {
    let answer = prop::sample::select(vec![
        "1990-12-10",
        "tomorrow",
        "",
        "yes",
        "no",
        "10 Dec 1990",
        "3/4/1990",
    ]);
    let outcome = prop::sample::select(vec!["success", "rejected", "unknown", "trap"]);
    (
        prop::collection::vec(answer, 0..30),
        prop::collection::vec(outcome, 0..10),
    )
        .prop_map(|(answers, outcomes)| World { answers, outcomes })
}

proptest! {
    #[test]
    fn a_session_that_is_cut_ends_like_an_uncut_one(
        world in world(),
        cuts in prop::collection::vec(0_usize..40, 0..10),
        early: bool,
    ) {
        let flow = flow();
        let (whole, ended) = run(&flow, &world, &[], early);
        let (cut, cut_ended) = run(&flow, &world, &cuts, early);
        prop_assert_eq!(whole.story, cut.story);
        prop_assert_eq!(ended, cut_ended);
        prop_assert_eq!(whole.calls.len(), cut.calls.len());
        // One call for each action that was begun, whatever happened.
        let begun = cut.calls.values().map(|(times, _)| times);
        prop_assert!(begun.into_iter().all(|times| *times == 1));
    }

    /// A host without a memory never calls twice: it says that the call is lost.
    #[test]
    fn a_call_that_is_lost_is_not_made_again(world in world(), at in 0_usize..5) {
        let flow = flow();
        let mut made: Vec<String> = Vec::new();
        let (mut session, _) = Session::start(&flow, "s", Map::new()).unwrap();
        let mut host = Host::default();
        loop {
            match session.state().clone() {
                State::Ended { .. } => break,
                State::Asking { .. } => {
                    let answer = world.answers.get(host.answered).copied().unwrap_or("no");
                    host.answered += 1;
                    session.answer(&flow, answer).unwrap();
                }
                State::Acting { execution_id } => {
                    made.push(execution_id.clone());
                    let acted = host.call(&execution_id, &world);
                    if made.len() == at + 1 {
                        let stored = serde_json::to_string(&session).unwrap();
                        session = serde_json::from_str(&stored).unwrap();
                        session.lost(&flow).unwrap();
                    } else {
                        session.acted(&flow, &acted).unwrap();
                    }
                }
                other => panic!("{other:?}"),
            }
        }
        let mut once = made.clone();
        once.sort();
        once.dedup();
        prop_assert_eq!(once.len(), made.len());
    }
}
