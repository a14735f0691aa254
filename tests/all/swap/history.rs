//! What has served, and the way back.

use hospes::swap::Approval;
use hospes::{Context, NodeConfig, Runtime};
use hospes_artifacts as guests;
use serde_json::json;

use super::House;
use crate::support::result;

fn counter() -> NodeConfig {
    NodeConfig::from_file(guests::COUNTER)
}

#[test]
fn a_rollback_brings_an_earlier_revision_back_as_a_new_generation() {
    let house = House::new();
    let runtime = &house.runtime;
    let hello = NodeConfig::from_file(guests::HELLO).note("ada: first");
    let first = runtime.load("node", hello).unwrap().revision().unwrap();
    runtime.load("node", counter()).unwrap();
    let back = runtime
        .rollback("node", None, Approval::Same, "it counts")
        .unwrap();
    assert_eq!((&back.digest, back.generation), (&first.digest, 3));
    let outcome = runtime
        .execute_blocking("node", "{}", &Context::new())
        .unwrap();
    assert_eq!(outcome.revision, back);
    assert_eq!(result(&outcome)["greeting"], "Hello, world.");
    assert_eq!(
        house.history("node"),
        [
            "1 loaded: kept, 0 running",
            "2 swapped for generation 1: kept, 0 running",
            "3 rolled back from generation 2 to 1: it counts: serving, 0 running",
        ]
    );
    assert_eq!(runtime.history("node").unwrap()[0].note, "ada: first");

    // Nobody goes back by accident to what was rolled back from.
    let error = runtime
        .rollback("node", None, Approval::Same, "again")
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "`node` has no earlier revision to go back to"
    );
    let forth = runtime
        .rollback("node", Some(2), Approval::Same, "it was right")
        .unwrap();
    assert_eq!(forth.generation, 4);
}

#[test]
fn only_so_many_revisions_are_kept() {
    let runtime = Runtime::builder()
        .executions(2)
        .compile_cache(crate::support::compiled())
        .keep_revisions(2)
        .build()
        .unwrap();
    for _ in 0..5 {
        runtime.load("node", counter()).unwrap();
    }
    let error = runtime
        .rollback("node", Some(2), Approval::Same, "")
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "generation 2 of `node` is not kept; kept are 3, 4, 5"
    );
    assert_eq!(
        runtime
            .rollback("node", None, Approval::Same, "")
            .unwrap()
            .generation,
        6
    );
}

#[test]
fn a_history_is_bounded_and_its_json_is_fixed() {
    let house = House::new();
    for _ in 0..70 {
        house.runtime.load("node", counter()).unwrap();
    }
    let history = house.runtime.history("node").unwrap();
    assert_eq!(history.len(), 64);
    let mut last = serde_json::to_value(&history[63]).unwrap();
    last["at"].take();
    last["revision"]["digest"].take();
    assert_eq!(
        last,
        json!({
            "revision": {"digest": null, "generation": 70, "version": ""},
            "at": null, "how": "swapped", "from": 69, "note": "", "running": 0, "state": "serving",
        })
    );
    assert!(house.runtime.history("nobody").is_none());
}

#[test]
fn a_removed_node_is_unknown_and_remembered() {
    let house = House::new();
    let runtime = &house.runtime;
    runtime.load("node", counter()).unwrap();
    drop(runtime.remove("node").unwrap());
    let error = runtime
        .execute_blocking("node", "{}", &Context::new())
        .unwrap_err();
    assert_eq!(error.to_string(), "no node is called `node`");
    assert_eq!(
        runtime.remove("node").err().unwrap().to_string(),
        "no node is called `node`"
    );
    assert!(runtime.node("node").is_none() && runtime.handle("node").is_none());
    assert_eq!(house.transports(), 0);
    assert_eq!(
        house.history("node"),
        ["1 loaded: freed, 0 running", "1 removed: freed, 0 running"]
    );
    let error = runtime
        .rollback("node", None, Approval::Same, "")
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "`node` has no earlier revision to go back to"
    );
    let again = runtime.load("node", counter()).unwrap();
    assert!(again.revision().unwrap().generation > 1);
}
