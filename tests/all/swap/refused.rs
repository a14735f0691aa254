//! Whatever is wrong with a revision, the old one serves on.

use hospes::egress::{Secret, SecretError, SecretSource};
use hospes::swap::Approval;
use hospes::{Context, NodeConfig, Policy, SecretGrant};
use hospes_artifacts as guests;
use hospes_tests::guest_by_hand;
use serde_json::json;

use super::House;
use crate::support::{guest, result};

struct Missing;

impl SecretSource for Missing {
    fn fetch(&self) -> Result<Secret, SecretError> {
        Err(SecretError::new("there is none"))
    }
}

/// Tries to swap `hello` for something, which fails with this sentence, is told
/// to the observer and changes nothing.
fn refuse(house: &House, config: NodeConfig, message: &str) {
    let runtime = &house.runtime;
    house.events.take();
    let before = runtime.nodes()[0].revision.clone();
    let error = runtime.swap("node", config, Approval::Same).unwrap_err();
    assert_eq!(error.to_string(), message);
    let outcome = runtime
        .execute_blocking("node", "{}", &Context::new())
        .unwrap();
    assert_eq!(outcome.revision, before);
    assert_eq!(result(&outcome), json!({"greeting": "Hello, world."}));
    drop(error);
    assert_eq!(house.transports(), 1, "{message}");
    let events = house.events.take();
    assert_eq!(events.len(), 1, "{events:?}");
    let told = events[0].split_once(' ').unwrap().1;
    assert!(
        told.starts_with("held: ") || told == format!("refused: {message}"),
        "{told}"
    );
}

#[test]
fn a_failed_swap_of_every_kind_leaves_the_old_one_serving() {
    let house = House::new();
    house
        .runtime
        .load("node", NodeConfig::from_file(guests::HELLO))
        .unwrap();
    let hello = std::fs::read(guests::HELLO).unwrap();
    let by_hand = |name| NodeConfig::from_bytes(guest_by_hand(name).unwrap());
    let cases = [
        (
            NodeConfig::from_bytes(*b"MZ..."),
            "this is not a component: it is not a WebAssembly file",
        ),
        (
            guest(guests::HELLO, &[("component", "1KiB")]),
            "the component is larger than 1KiB (limit `component`)",
        ),
        (
            NodeConfig::from_bytes(&hello[..4]),
            "this is not a component: it is not a WebAssembly file",
        ),
        (
            NodeConfig::from_file(guests::HELLO).digest("sha256:00"),
            &format!(
                "the component's digest is {}, and sha256:00 is required",
                house.runtime.nodes()[0].revision.digest
            ),
        ),
        (
            by_hand("of_the_next_version"),
            "the component is not a node: it exports `hospes:node/action@0.2.0`, and this host speaks \
             `hospes:node/action@0.1.0`",
        ),
        (
            NodeConfig::from_file(guests::UNKNOWN_IMPORT),
            "the component imports what this host does not grant: `acme:extras/vault@0.1.0`",
        ),
        (
            by_hand("start_traps"),
            "the component does not start: the node trapped: wasm `unreachable` instruction executed",
        ),
        (
            NodeConfig::from_file(guests::HELLO).secret(SecretGrant::new("key", Missing)),
            "secret `key`: there is none",
        ),
        (
            NodeConfig::from_file(guests::HELLO)
                .policy(Policy::parse(["https://a.example"]).unwrap()),
            "the revision has more than the serving one, or breaks its callers, which has to be approved\n+ rule https://a.example",
        ),
    ];
    for (config, message) in cases {
        refuse(&house, config, message);
    }
}

#[test]
fn a_component_cut_off_anywhere_never_takes_a_place() {
    let house = House::new();
    house
        .runtime
        .load("node", NodeConfig::from_file(guests::HELLO))
        .unwrap();
    let counter = std::fs::read(guests::COUNTER).unwrap();
    for end in (0..counter.len()).step_by(counter.len() / 10) {
        let cut = NodeConfig::from_bytes(&counter[..end]);
        house
            .runtime
            .swap("node", cut, Approval::Wider)
            .unwrap_err();
    }
    let outcome = house
        .runtime
        .execute_blocking("node", "{}", &Context::new())
        .unwrap();
    assert_eq!(outcome.revision.generation, 1);
}
