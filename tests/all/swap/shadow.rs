//! A new revision that runs beside the one that answers, and writes nothing.

use std::time::{Duration, Instant};

use hospes::swap::{Rollout, TrialStatus};
use hospes::{Context, NodeConfig, Policy};
use hospes_artifacts as guests;
use serde_json::{Value, json};

use super::House;
use crate::support::{guest, result};
use crate::upstream::Upstream;

const OK: &str = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

fn shadow(config: NodeConfig) -> NodeConfig {
    config.rollout(Rollout::Shadow)
}

/// Runs the node once and waits until its shadow has run too.
fn run(house: &House, payload: &Value) -> (Value, TrialStatus) {
    let trial = || house.runtime.nodes().remove(0).trial.unwrap();
    let before = trial().executions;
    let outcome = house
        .runtime
        .execute_blocking("node", &payload.to_string(), &Context::new())
        .unwrap();
    assert_eq!(outcome.revision.generation, 1, "the old one answers");
    let start = Instant::now();
    loop {
        let now = trial();
        if now.executions > before && now.running == 0 {
            return (result(&outcome), now);
        }
        assert!(start.elapsed() < Duration::from_secs(10), "{now:?}");
        std::thread::yield_now();
    }
}

#[test]
fn a_shadow_sends_no_write_and_comes_to_the_same() {
    let house = House::new();
    let upstream = Upstream::canned(OK);
    let config = || guest(guests::FETCH, &[]).policy(Policy::parse([upstream.origin()]).unwrap());
    house.runtime.load("node", config()).unwrap();
    house.runtime.load("node", shadow(config())).unwrap();
    let url = |path: &str| upstream.origin() + path;
    let payload = json!([
        {"method": "POST", "url": url("/a"), "body": "1"},
        {"method": "POST", "url": url("/a"), "body": "2"},
        {"method": "DELETE", "url": url("/b")},
        {"method": "GET", "url": url("/c")},
        {"method": "PATCH", "url": "https://elsewhere.example/"},
    ]);
    let (answer, trial) = run(&house, &payload);
    assert_eq!(answer[0]["body"], "ok");
    assert_eq!((trial.differing, trial.faults, trial.skipped), (0, 0, 0));
    let mut requests: Vec<String> = upstream
        .requests()
        .iter()
        .map(|request| request.split(" HTTP").next().unwrap().to_owned())
        .collect();
    requests.sort();
    assert_eq!(
        requests,
        ["DELETE /b", "GET /c", "GET /c", "POST /a", "POST /a"]
    );
    // The shadow was told that its writes had been answered.
    let verdicts = house.events.verdicts();
    let count = |verdict: &str| verdicts.iter().filter(|one| *one == verdict).count();
    assert_eq!(
        (count("answered"), count("replayed"), count("no-rule")),
        (5, 3, 2)
    );
}

#[test]
fn a_shadow_that_writes_something_else_is_denied_and_the_difference_told() {
    let house = House::new();
    let upstream = Upstream::canned(OK);
    house
        .runtime
        .load("node", guest(guests::BREAKS, &[]))
        .unwrap();
    let fetch = guest(guests::FETCH, &[]).policy(Policy::parse([upstream.origin()]).unwrap());
    house.runtime.load("node", shadow(fetch)).unwrap();
    house.events.take();
    let payload = json!([{"method": "POST", "url": upstream.origin() + "/"}]);
    let (answer, trial) = run(&house, &payload);
    assert_eq!(answer, payload, "the old one just repeats it");
    assert_eq!(trial.differing, 1);
    assert_eq!(upstream.connections(), 0, "nothing was sent");
    assert_eq!(house.events.verdicts(), ["shadow"]);
    assert_eq!(
        house.events.take(),
        ["2 differs: success, success, Some(\"/0/method\")"]
    );

    // One that breaks differs too, and never is what the caller sees.
    let traps = shadow(guest(guests::TRAP, &[]));
    house.runtime.load("node", traps).unwrap();
    house.events.take();
    run(&house, &payload);
    assert_eq!(house.events.take(), ["3 differs: success, trap, None"]);
    house.runtime.promote("node").unwrap();
    assert_eq!(house.latest(), 3);
}

#[test]
fn a_shadow_that_keeps_breaking_is_aborted() {
    let house = House::new();
    house
        .runtime
        .load("node", guest(guests::BREAKS, &[]))
        .unwrap();
    let traps = shadow(guest(guests::TRAP, &[]));
    house.runtime.load("node", traps).unwrap();
    let start = Instant::now();
    while house.runtime.nodes()[0].trial.is_some() {
        house
            .runtime
            .execute_blocking("node", "1", &Context::new())
            .unwrap();
        assert!(start.elapsed() < Duration::from_secs(10));
    }
    // One more of its executions may still be running when it is aborted.
    let aborted = "2 aborted: 8 of 8 executions broke within 30s, the last one with `trap`";
    while house.history("node").last().unwrap() != &format!("{aborted}: kept, 0 running") {
        assert!(start.elapsed() < Duration::from_secs(10));
        std::thread::yield_now();
    }
}
