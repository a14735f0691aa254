//! A node that keeps breaking.

use std::time::Duration;

use hospes::protection::Protection;
use hospes::{Context, NodeConfig, Outcome};
use hospes_artifacts as guests;
use serde_json::json;

use super::House;
use crate::support::{guest, result};

fn protected(path: &str, rest: Duration) -> NodeConfig {
    let mut protection = Protection::default();
    protection.faults = 3;
    protection.rest = rest;
    guest(path, &[("cpu", "50ms")]).protection(protection)
}

const LONG: Duration = Duration::from_secs(3600);

fn run(house: &House, payload: &str) -> Outcome {
    let context = Context::new();
    let outcome = house.runtime.execute_blocking("node", payload, &context);
    outcome.unwrap()
}

fn call(house: &House, caller: &str, payload: &str) -> Outcome {
    let context = Context::new().with_caller(caller);
    let outcome = house.runtime.execute_blocking("node", payload, &context);
    outcome.unwrap()
}

/// What came of it, in a word.
fn word(outcome: &Outcome) -> String {
    match &outcome.answer {
        Ok(_) => "answered".to_owned(),
        Err(fault) => fault.kind().to_owned(),
    }
}

#[test]
pub(crate) fn breaks() {
    let house = House::new();
    house
        .runtime
        .load("node", guest(guests::BREAKS, &[("cpu", "50ms")]))
        .unwrap();
    let words =
        ["\"trap\"", "\"loop\"", "\"fail\"", "1"].map(|payload| word(&run(&house, payload)));
    assert_eq!(words, ["trap", "deadline", "answered", "answered"]);
    let status = &house.runtime.nodes()[0];
    assert_eq!((status.executions, status.faults), (4, 2));
}

#[test]
fn a_burst_of_faults_after_a_swap_brings_the_previous_revision_back() {
    let house = House::new();
    let runtime = &house.runtime;
    runtime
        .load("node", protected(guests::BREAKS, LONG))
        .unwrap();
    runtime.load("node", protected(guests::TRAP, LONG)).unwrap();
    house.events.take();
    let words: Vec<String> = (0..4).map(|_| word(&run(&house, "1"))).collect();
    assert_eq!(words, ["trap", "trap", "trap", "answered"]);
    let reason = "3 of 3 executions broke within 30s, the last one with `trap`";
    assert_eq!(
        house.events.take(),
        [
            format!("3 published, rolled back from generation 2 to 1: {reason}"),
            "2 freed".to_owned()
        ]
    );
    assert_eq!(
        house.history("node")[2],
        format!("3 rolled back from generation 2 to 1: {reason}: serving, 0 running")
    );
}

#[test]
fn a_node_that_keeps_breaking_is_set_aside_and_tried_again() {
    let house = House::new();
    // Nothing was there before that could come back.
    let rest = Duration::from_millis(1);
    house
        .runtime
        .load("node", protected(guests::BREAKS, LONG))
        .unwrap();
    for payload in ["1", "\"trap\"", "\"loop\"", "\"trap\""] {
        run(&house, payload);
    }
    let outcome = run(&house, "1");
    assert_eq!((word(&outcome), outcome.attempts), ("overloaded".into(), 0));
    let json = serde_json::to_value(&outcome).unwrap();
    let wait = json["failure"]["retry_after_ms"].as_u64().unwrap();
    assert!((3_590_000..=3_600_000).contains(&wait), "{wait}");
    let status = &house.runtime.nodes()[0];
    assert!(status.quarantined_ms.is_some());
    assert_eq!(
        house.history("node")[1],
        "1 quarantined: 3 of 3 executions broke within 30s, the last one with `trap`: serving, 0 running"
    );

    // Another revision starts afresh.
    house
        .runtime
        .load("node", protected(guests::BREAKS, rest))
        .unwrap();
    house
        .runtime
        .load("node", protected(guests::TRAP, rest))
        .unwrap();
    for payload in ["1", "2", "3"] {
        assert_eq!(word(&run(&house, payload)), "trap");
    }
    assert_eq!(house.latest(), 4, "it was rolled back");
    for caller in ["ada", "bob", "ada"] {
        let outcome = call(&house, caller, "\"trap\"");
        assert_eq!(word(&outcome), "trap");
    }
    house.events.take();
    // A probe that breaks leaves it aside, one that does not brings it back.
    // Whether the rest is over is for the clock to say.
    let until = |word_wanted: &str, payload: &str| {
        let words = (0..10_000).map(|_| word(&run(&house, payload)));
        let words: Vec<String> = words.take_while(|word| word != word_wanted).collect();
        assert!(words.iter().all(|word| word == "overloaded"), "{words:?}");
    };
    until("trap", "\"trap\"");
    until("answered", "1");
    assert_eq!(house.events.take(), ["4 recovered"]);
    assert_eq!(result(&run(&house, "1")), json!(1));
    assert_eq!(house.runtime.nodes()[0].quarantined_ms, None);
}

#[test]
fn what_is_not_the_nodes_fault_does_not_count() {
    let house = House::new();
    let runtime = &house.runtime;
    let config = protected(guests::BREAKS, LONG).limits(crate::support::limits_of(&[
        ("payload", "16"),
        ("deadline", "60s"),
    ]));
    runtime.load("node", config).unwrap();
    let impatient = Context::new().with_deadline(Duration::from_millis(1));
    for _ in 0..5 {
        assert_eq!(word(&run(&house, "\"fail\"")), "answered");
        assert_eq!(word(&run(&house, &"1".repeat(17))), "payload-too-large");
        let outcome = runtime
            .execute_blocking("node", "\"loop\"", &impatient)
            .unwrap();
        assert_eq!(word(&outcome), "deadline");
    }
    assert_eq!(runtime.nodes()[0].faults, 0);
    assert_eq!(word(&run(&house, "1")), "answered");
}

#[test]
fn what_one_of_several_callers_can_cause_is_no_evidence() {
    let house = House::new();
    house
        .runtime
        .load("node", protected(guests::BREAKS, LONG))
        .unwrap();
    assert_eq!(word(&call(&house, "ada", "1")), "answered");
    // Neither one caller, whatever it sends, nor one payload that nobody signs.
    for n in 0..20 {
        let payload = ["\"trap\"", "\"loop\""][n % 2];
        assert_eq!(call(&house, "eve", payload).attempts, 1);
    }
    assert_eq!(word(&call(&house, "ada", "1")), "answered");

    // The second one who meets it makes the difference.
    assert_eq!(word(&call(&house, "bob", "\"trap\"")), "trap");
    assert_eq!(word(&call(&house, "ada", "1")), "overloaded");
}

#[test]
fn one_payload_that_breaks_a_node_is_no_evidence_and_several_are() {
    let house = House::new();
    house
        .runtime
        .load("node", protected(guests::BREAKS, LONG))
        .unwrap();
    assert_eq!(word(&run(&house, "1")), "answered");
    for _ in 0..20 {
        assert_eq!(word(&run(&house, "\"trap\"")), "trap");
    }
    assert_eq!(word(&run(&house, "\"loop\"")), "deadline");
    assert_eq!(word(&run(&house, "1")), "overloaded");
}

#[test]
fn an_only_caller_is_believed() {
    let house = House::new();
    house
        .runtime
        .load("node", protected(guests::BREAKS, LONG))
        .unwrap();
    assert_eq!(word(&call(&house, "ada", "1")), "answered");
    for _ in 0..3 {
        assert_eq!(word(&call(&house, "ada", "\"trap\"")), "trap");
    }
    assert_eq!(word(&call(&house, "ada", "1")), "overloaded");
}

#[test]
fn a_silent_upstream_is_no_evidence() {
    let upstream = crate::upstream::Upstream::new(|_, _| {
        std::thread::park_timeout(Duration::from_secs(60));
        false
    });
    let house = House::new();
    let limits = [("deadline", "200ms"), ("request-timeout", "200ms")];
    let mut protection = Protection::default();
    protection.faults = 3;
    let config = guest(guests::FETCH, &limits)
        .policy(hospes::Policy::parse([upstream.origin()]).unwrap())
        .protection(protection);
    house.runtime.load("node", config).unwrap();
    for n in 0..6 {
        let url = format!("{}/{n}", upstream.origin());
        let payload = json!([{"method": "GET", "url": url}]).to_string();
        // The node has a little time to answer in, if the processor lets it.
        let word = word(&run(&house, &payload));
        assert!(["answered", "deadline"].contains(&word.as_str()), "{word}");
    }
    assert_eq!(house.runtime.nodes()[0].faults, 0);
    assert_eq!(word(&run(&house, "[]")), "answered");
}

#[test]
fn a_node_that_sleeps_its_deadline_away_is_evidence() {
    let house = House::new();
    let mut protection = Protection::default();
    protection.faults = 3;
    let config = guest(guests::ENDLESS_SLEEP, &[("deadline", "50ms")]).protection(protection);
    house.runtime.load("node", config).unwrap();
    for payload in ["1", "2", "3"] {
        assert_eq!(word(&run(&house, payload)), "deadline");
    }
    assert_eq!(word(&run(&house, "4")), "overloaded");
}

#[test]
fn a_protection_that_makes_no_sense_is_refused() {
    let house = House::new();
    let mut protection = Protection::default();
    protection.faults = 0;
    let config = guest(guests::HELLO, &[]).protection(protection);
    let error = house.runtime.load("node", config).unwrap_err();
    assert_eq!(
        error.to_string(),
        "protection: `faults` is not between 1 and 1000"
    );
}
