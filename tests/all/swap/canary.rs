//! A new revision that first takes a share of the executions.

use std::collections::BTreeMap;

use hospes::swap::{Approval, Rollout};
use hospes::{Context, NodeConfig, Outcome};
use hospes_artifacts as guests;
use serde_json::json;

use super::House;
use crate::support::{guest, json};

fn canary(config: NodeConfig, percent: u32, key: Option<&str>) -> NodeConfig {
    config.rollout(Rollout::Canary {
        percent,
        key: key.map(str::to_owned),
    })
}

fn run(house: &House, payload: &str, context: &Context) -> Outcome {
    let outcome = house.runtime.execute_blocking("node", payload, context);
    outcome.unwrap()
}

#[test]
fn a_canary_takes_its_share_and_the_same_key_goes_the_same_way() {
    let house = House::new();
    let runtime = &house.runtime;
    let counter = || guest(guests::COUNTER, &[]);
    runtime.load("node", counter()).unwrap();
    let trial = canary(counter(), 30, Some("user"));
    runtime.swap("node", trial, Approval::Same).unwrap();
    let mut ways: BTreeMap<u64, Vec<u64>> = BTreeMap::new();
    for user in (0..100).chain(0..100) {
        let variables = json(&json!({"user": user, "other": 1}));
        let context = Context::new().with_variables(variables).unwrap();
        let outcome = run(&house, "1", &context);
        ways.entry(user)
            .or_default()
            .push(outcome.revision.generation);
    }
    assert!(ways.values().all(|way| way[0] == way[1]), "{ways:?}");
    let share = ways.values().filter(|way| way[0] == 2).count();
    assert!((15..=45).contains(&share), "{share} of 100");
    // Where the variable is missing, the execution id decides.
    let mut ids: Vec<u64> = (0..100)
        .map(|id| {
            let context = Context::new().with_execution_id(&id.to_string()).unwrap();
            let first = run(&house, "1", &context).revision.generation;
            assert_eq!(run(&house, "1", &context).revision.generation, first);
            first
        })
        .collect();
    ids.sort();
    ids.dedup();
    assert_eq!(ids, [1, 2]);

    let status = &runtime.nodes()[0];
    let trial = status.trial.as_ref().unwrap();
    assert_eq!(
        (status.revision.generation, trial.revision.generation),
        (1, 2)
    );
    assert_eq!(status.executions + trial.executions, 400);
    assert_eq!(
        house.history("node"),
        [
            "1 loaded: serving, 0 running",
            "2 canary of 30 percent beside generation 1: trial, 0 running"
        ]
    );
}

/// Which of 200 users a runtime with this key lets try a canary.
fn users(key: Option<[u8; 32]>) -> Vec<bool> {
    let builder = hospes::Runtime::builder()
        .executions(2)
        .compile_cache(crate::support::compiled());
    let builder = match key {
        Some(key) => builder.canary_key(key),
        None => builder,
    };
    let runtime = builder.build().unwrap();
    let counter = || guest(guests::COUNTER, &[]);
    runtime.load("node", counter()).unwrap();
    let trial = canary(counter(), 50, Some("user"));
    runtime.load("node", trial).unwrap();
    let tries = |user: u64| {
        let variables = json(&json!({"user": user}));
        let context = Context::new().with_variables(variables).unwrap();
        let outcome = runtime.execute_blocking("node", "1", &context).unwrap();
        outcome.revision.generation == 2
    };
    (0..200).map(tries).collect()
}

#[test]
fn nobody_can_tell_who_belongs_to_a_canary_without_its_key() {
    let ours = users(Some([1; 32]));
    assert_eq!(users(Some([1; 32])), ours, "a fleet agrees");
    // By chance, 100 of 200 go the same way; 150 never do.
    let alike = |others: &[bool]| {
        let pairs = ours.iter().zip(others);
        pairs.filter(|(one, other)| one == other).count()
    };
    for others in [users(Some([2; 32])), users(None)] {
        let alike = alike(&others);
        assert!((50..=150).contains(&alike), "{alike} of 200");
    }
    assert_ne!(users(None), users(None));
}

#[test]
fn a_canary_is_promoted_or_aborted_by_the_operator() {
    let house = House::new();
    let runtime = &house.runtime;
    let counter = || guest(guests::COUNTER, &[]);
    let id = |n: u64| Context::new().with_execution_id(&n.to_string()).unwrap();
    let generations = || {
        let mut generations: Vec<u64> = (0..50)
            .map(|n| run(&house, "1", &id(n)).revision.generation)
            .collect();
        generations.sort();
        generations.dedup();
        generations
    };
    assert_eq!(
        runtime.promote("node").unwrap_err().to_string(),
        "no node is called `node`"
    );
    // The first of a node serves alone, whatever it asks for.
    runtime.load("node", canary(counter(), 50, None)).unwrap();
    assert_eq!(generations(), [1]);
    assert_eq!(
        runtime.abort("node", "").unwrap_err().to_string(),
        "`node` has neither a canary nor a shadow"
    );
    runtime.load("node", canary(counter(), 50, None)).unwrap();
    assert_eq!(generations(), [1, 2]);
    assert_eq!(runtime.abort("node", "no").unwrap().generation, 2);
    assert_eq!(generations(), [1]);
    runtime.load("node", canary(counter(), 50, None)).unwrap();
    assert_eq!(runtime.promote("node").unwrap().generation, 3);
    assert_eq!(generations(), [3]);
    // Nobody goes back to what was aborted, but to what served.
    runtime.load("node", canary(counter(), 50, None)).unwrap();
    let back = runtime
        .rollback("node", None, Approval::Same, "no")
        .unwrap();
    assert_eq!(back.generation, 5);
    assert_eq!(
        house.events.take(),
        [
            "1 published, loaded",
            "2 published, canary of 50 percent beside generation 1",
            "2 aborted: no",
            "2 freed",
            "3 published, canary of 50 percent beside generation 1",
            "3 published, promoted over generation 1",
            "1 freed",
            "4 published, canary of 50 percent beside generation 3",
            "4 aborted: generation 5 was published",
            "5 published, rolled back from generation 3 to 1: no",
            "4 freed",
            "3 freed",
        ]
    );
    assert_eq!(house.transports(), 1);
}

#[test]
fn a_canary_that_breaks_more_often_than_what_serves_is_aborted() {
    let house = House::new();
    let runtime = &house.runtime;
    let breaks = || guest(guests::BREAKS, &[]);
    runtime.load("node", breaks()).unwrap();
    let context = Context::new();
    // What breaks both is no reason.
    runtime.load("node", canary(breaks(), 50, None)).unwrap();
    for _ in 0..40 {
        run(&house, "\"trap\"", &context);
    }
    let status = runtime.nodes().remove(0);
    let trial = status.trial.unwrap();
    assert!(trial.faults >= 8 && status.faults >= 8);
    assert_eq!(status.quarantined_ms, None, "it is not protected");

    house.events.take();
    let traps = canary(guest(guests::TRAP, &[]), 50, None);
    runtime.load("node", traps).unwrap();
    for n in 0..60 {
        run(&house, &n.to_string(), &context);
    }
    assert!(runtime.nodes()[0].trial.is_none());
    let events = house.events.take();
    let reason = "8 of 8 executions broke within 30s, the last one with `trap`";
    assert_eq!(events[0], "2 aborted: generation 3 was published");
    assert!(
        events.contains(&format!("3 aborted: {reason}")),
        "{events:?}"
    );
    assert_eq!(house.latest(), 1);
}

#[test]
fn a_share_that_makes_no_sense_is_refused() {
    let house = House::new();
    for percent in [0, 100] {
        let config = canary(guest(guests::COUNTER, &[]), percent, None);
        assert_eq!(
            house.runtime.load("node", config).unwrap_err().to_string(),
            format!("a canary takes 1 to 99 percent, and not {percent}")
        );
    }
}
