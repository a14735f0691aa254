//! One step from one revision to the next.

use hospes::egress::Secret;
use hospes::node::PublishError;
use hospes::node::SwapError;
use hospes::policy::Origin;
use hospes::swap::{Approval, Changes};
use hospes::{Context, LoadError, NodeConfig, Policy, SecretGrant};
use hospes_artifacts as guests;
use serde_json::json;

use super::House;
use crate::support::{guest, json, result};

fn hello() -> NodeConfig {
    NodeConfig::from_file(guests::HELLO)
}

#[test]
fn a_swap_puts_another_revision_in_the_place_of_the_one_that_serves() {
    let house = House::new();
    let runtime = &house.runtime;
    let run = || {
        runtime
            .execute_blocking("node", "{}", &Context::new())
            .unwrap()
    };
    let first = runtime.load("node", hello()).unwrap().revision().unwrap();
    let before = run();
    let second = runtime
        .swap(
            "node",
            NodeConfig::from_file(guests::COUNTER),
            Approval::Wider,
        )
        .unwrap();
    let after = run();
    assert_eq!((first.generation, second.generation), (1, 2));
    assert_eq!((&before.revision, &after.revision), (&first, &second));
    assert_eq!(result(&before), json!({"greeting": "Hello, world."}));
    assert_eq!(result(&after), json!(1));
    assert_eq!(house.transports(), 1, "the old one is gone");
    assert_eq!(
        house.events.take(),
        [
            "1 published, loaded",
            "2 published, swapped for generation 1",
            "1 freed"
        ]
    );
}

#[test]
fn what_is_staged_serves_only_when_it_is_published() {
    let house = House::new();
    let runtime = &house.runtime;
    runtime.load("node", hello()).unwrap();
    let staged = runtime.stage("node", hello().note("ada: a test")).unwrap();
    assert_eq!(staged.id().generation, 2);
    assert_eq!(staged.description().name, "hello");
    assert_eq!(runtime.nodes()[0].revision.generation, 1);
    drop(staged);
    assert_eq!(house.transports(), 1);
    assert_eq!(house.events.take(), ["1 published, loaded"]);
}

#[test]
fn of_two_swaps_at_once_the_one_begun_last_wins() {
    let house = House::new();
    let runtime = &house.runtime;
    let early = runtime.stage("node", hello()).unwrap();
    let late = runtime.stage("node", hello()).unwrap();
    runtime.publish(late, Approval::Wider).unwrap();
    let error = runtime.publish(early, Approval::Wider).unwrap_err();
    assert!(matches!(error, PublishError::Superseded { by: 2 }));
    assert_eq!(
        error.to_string(),
        "generation 2, which was begun later, has been published already"
    );
    assert_eq!(runtime.nodes()[0].revision.generation, 2);

    // A node that was removed meanwhile stays removed.
    let staged = runtime.stage("node", hello()).unwrap();
    runtime.remove("node").unwrap();
    let error = runtime.publish(staged, Approval::Wider).unwrap_err();
    assert!(matches!(error, PublishError::Superseded { by: 4 }));
    assert!(runtime.nodes().is_empty());
    assert_eq!(
        house.events.take(),
        [
            "2 published, loaded",
            "1 superseded by 2",
            "2 removed",
            "2 freed",
            "3 superseded by 4"
        ]
    );
}

#[test]
fn what_has_more_than_the_serving_revision_waits_for_the_operator() {
    let house = House::new();
    let runtime = &house.runtime;
    let policy = |rules: &[&str]| Policy::parse(rules).unwrap();
    let key = || Secret::new("a-key-for-tests").unwrap();
    let origin = |text| [Origin::parse(text).unwrap()];
    let base = || {
        guest(guests::FETCH, &[])
            .policy(policy(&["https://a.example/v1"]))
            .secret(SecretGrant::new("key", key()).to(origin("https://a.example")))
            .env("prod", json(&json!({"a": 1, "b": 2})))
    };
    runtime.load("node", base()).unwrap();
    let wider = |config| {
        let staged = runtime.stage("node", config).unwrap();
        let changes = Changes::clone(staged.changes());
        match runtime.publish(staged, Approval::Same) {
            Ok(_) => assert!(!changes.needs_approval(Approval::Same)),
            Err(PublishError::NeedsApproval { changes: held, .. }) => assert_eq!(*held, changes),
            Err(error) => panic!("{error}"),
        }
        // Back to where it was.
        runtime.load("node", base()).unwrap();
        (changes.wider.join("\n"), changes.to_string())
    };
    let cases = [
        (base(), "", ""),
        (
            base().policy(policy(&["GET https://a.example/v1/users"])),
            "",
            "+ rule GET https://a.example/v1/users\n- rule https://a.example/v1\n",
        ),
        (
            base().policy(policy(&["https://a.example/v1", "https://b.example"])),
            "rule https://b.example",
            "+ rule https://b.example\n",
        ),
        (
            base().policy(policy(&["https://a.example"])),
            "rule https://a.example",
            "+ rule https://a.example\n- rule https://a.example/v1\n",
        ),
        (
            base().policy(policy(&["https://a.example/v1"]).observing()),
            "the policy only observes",
            "+ the policy only observes\n",
        ),
        (
            base().secret(SecretGrant::new("other", key()).to(origin("https://a.example"))),
            "secret other to https://a.example",
            "+ secret other to https://a.example\n",
        ),
        (
            guest(guests::FETCH, &[])
                .policy(policy(&["https://a.example/v1"]))
                .secret(
                    SecretGrant::new("key", key())
                        .to(origin("https://a.example"))
                        .withhold_echoes(),
                )
                .env("prod", json(&json!({"a": 1, "b": 2}))),
            "",
            "+ secret key to https://a.example, echoes withheld\n- secret key to https://a.example\n",
        ),
        (
            guest(guests::FETCH, &[("memory", "65MiB"), ("queue", "1")])
                .policy(policy(&["https://a.example/v1"]))
                .env("prod", json(&json!({"a": 3}))),
            "limit memory 64MiB to 65MiB",
            "- secret key to https://a.example\n- param b\n~ param a\n~ limit memory 64MiB to 65MiB\n\
             ~ limit queue 64 to 1\n",
        ),
    ];
    for (config, lines, shown) in cases {
        assert_eq!(wider(config), (lines.to_owned(), shown.to_owned()));
    }
}

#[test]
fn what_takes_power_or_breaks_callers_is_held_and_its_neighbour_passes() {
    for (before, after, held) in [
        (guests::HELLO, guests::HELLO, ""),
        // Another node, and one that does not say which it is.
        (
            guests::HELLO,
            guests::BRAZE_TRACK,
            "name hello to braze-track",
        ),
        (guests::HELLO, guests::COUNTER, "name hello to none"),
        (guests::COUNTER, guests::HELLO, ""),
        // HTTP is a power, on whatever road; clocks and records are none.
        (guests::COUNTER, guests::FETCH, "import hospes:node/http"),
        (guests::COUNTER, guests::STANDARD_FETCH, "import wasi:http/"),
        (guests::FETCH, guests::STANDARD_FETCH, ""),
        (guests::STANDARD_FETCH, guests::COUNTER, ""),
        (guests::COUNTER, guests::LOG_LINES, ""),
        (guests::COUNTER, guests::CLOCK_WATCHING, ""),
    ] {
        let house = House::new();
        let runtime = &house.runtime;
        runtime.load("node", guest(before, &[])).unwrap();
        match runtime.swap("node", guest(after, &[]), Approval::Same) {
            Ok(_) => assert_eq!(held, "", "{before} {after}"),
            Err(SwapError::Publish(PublishError::NeedsApproval { changes, .. })) => {
                let lines: Vec<&str> = changes.to_approve().collect();
                let said = lines.iter().any(|line| line.starts_with(held));
                assert!(said && !held.is_empty(), "{before} {after} {lines:?}");
            }
            Err(error) => panic!("{error}"),
        }
    }
}

#[test]
fn a_held_revision_is_published_when_somebody_has_agreed() {
    let house = House::new();
    let runtime = &house.runtime;
    runtime.load("node", hello()).unwrap();
    let braze = || NodeConfig::from_file(guests::BRAZE_TRACK);
    let error = runtime.swap("node", braze(), Approval::Same).unwrap_err();
    let SwapError::Publish(PublishError::NeedsApproval { staged, changes }) = error else {
        panic!("{error}")
    };
    assert_eq!(runtime.nodes()[0].description.name, "hello");
    // A log record, a clock and a wish give nothing.
    assert_eq!(changes.wider, ["import hospes:node/http"]);
    assert_eq!(changes.breaking[0], "name hello to braze-track");
    let id = runtime.publish(*staged, Approval::Wider).unwrap();
    assert_eq!(id.generation, 2);
    assert_eq!(runtime.nodes()[0].description.name, "braze-track");
    // What it wants and does not get is told, and it serves all the same.
    let unmet: Vec<String> = changes.unmet.iter().map(ToString::to_string).collect();
    assert_eq!(
        unmet,
        [
            "POST {braze_url}/users/track is asked for, and no rule allows all of it",
            "the param `braze_url` is required, and missing",
            "the secret `braze_api_key` is required, and not granted",
        ]
    );
}

#[test]
fn a_wish_that_the_params_and_the_rules_fulfil_is_met() {
    let house = House::new();
    let granted = NodeConfig::from_file(guests::BRAZE_TRACK)
        .env(
            "prod",
            json(&json!({"braze_url": "https://rest.iad-01.braze.com"})),
        )
        .policy(Policy::parse(["POST https://rest.iad-01.braze.com/users"]).unwrap())
        .secret(
            SecretGrant::new("braze_api_key", Secret::new("a-key-for-tests").unwrap())
                .to([Origin::parse("https://rest.iad-01.braze.com").unwrap()]),
        );
    let staged = house.runtime.stage("node", granted).unwrap();
    assert_eq!(staged.changes().unmet, []);
}

#[test]
fn a_restored_node_keeps_its_generation_and_later_ones_are_higher() {
    let runtime = hospes::Runtime::builder().executions(2).build().unwrap();
    runtime.skip_generations(39);
    let loaded = |name| {
        let node = runtime.load(name, hello()).unwrap();
        node.revision().unwrap().generation
    };
    assert_eq!(loaded("other"), 40);
    assert_eq!(runtime.load_as("node", 50, hello()).unwrap().generation, 50);
    assert_eq!(loaded("node"), 51);
    let error = runtime.load_as("node", 50, hello()).unwrap_err();
    assert!(matches!(error, LoadError::Superseded { by: 51 }));
}
