//! The way back gives a node nothing that was taken from it.

use std::time::Duration;

use hospes::egress::Secret;
use hospes::node::RollbackError;
use hospes::policy::Origin;
use hospes::protection::Protection;
use hospes::signature::{SigningKey, Statement};
use hospes::swap::{Approval, Rollout};
use hospes::{Context, LoadError, NodeConfig, Outcome, Policy, SecretGrant};
use hospes_artifacts as guests;

use super::House;
use crate::support::{guest, limits_of};

const LONG: Duration = Duration::from_secs(3600);
const REASON: &str = "3 of 3 executions broke within 30s, the last one with `trap`";

fn protection() -> Protection {
    let mut protection = Protection::default();
    protection.faults = 3;
    protection.rest = LONG;
    protection
}

fn component(path: &str) -> NodeConfig {
    guest(path, &[]).protection(protection())
}

fn policy(rules: &[&str]) -> Policy {
    Policy::parse(rules).unwrap()
}

fn secret(config: NodeConfig, value: &str, to: &str) -> NodeConfig {
    let value = Secret::new(value).unwrap();
    config.secret(SecretGrant::new("key", value).to([Origin::parse(to).unwrap()]))
}

fn digest(house: &House, path: &str) -> String {
    let inspected = house.runtime.inspect(&guest(path, &[])).unwrap();
    inspected.digest.clone()
}

fn run(house: &House, payload: &str, context: &Context) -> Outcome {
    let outcome = house.runtime.execute_blocking("node", payload, context);
    outcome.unwrap()
}

/// Lets the node break as often as it may.
fn burst(house: &House) {
    for caller in ["ada", "bob", "ada"] {
        let outcome = run(house, "\"trap\"", &Context::new().with_caller(caller));
        assert_eq!(outcome.answer.unwrap_err().kind(), "trap");
    }
}

/// A change to what a node is granted.
type Grant = fn(NodeConfig) -> NodeConfig;

const A: &str = "https://a.example";
const B: &str = "https://b.example";

/// What an earlier revision has, what the one that serves has, and whether that
/// covers it.
const GRANTS: &[(&str, Grant, Grant, bool)] = &[
    ("the same", |c| c, |c| c, true),
    (
        "a rule taken back",
        |c| c.policy(policy(&[A, B])),
        |c| c.policy(policy(&[A])),
        false,
    ),
    (
        "a rule that a wider one covers",
        |c| c.policy(policy(&["GET https://a.example/v1"])),
        |c| c.policy(policy(&[A])),
        true,
    ),
    (
        "rules that only observe",
        |c| c.policy(policy(&[A]).observing()),
        |c| c.policy(policy(&[A])),
        false,
    ),
    (
        "a secret taken back",
        |c| secret(c.policy(policy(&[A])), "a-key-for-tests", A),
        |c| c.policy(policy(&[A])),
        false,
    ),
    (
        "an origin of a secret taken back",
        |c| secret(c.policy(policy(&[A, B])), "a-key-for-tests", B),
        |c| secret(c.policy(policy(&[A, B])), "a-key-for-tests", A),
        false,
    ),
    (
        "a value of a secret taken back",
        |c| secret(c.policy(policy(&[A])), "the-key-of-an-admin", A),
        |c| secret(c.policy(policy(&[A])), "a-key-for-tests", A),
        false,
    ),
    (
        "the same secret",
        |c| secret(c.policy(policy(&[A])), "a-key-for-tests", A),
        |c| secret(c.policy(policy(&[A])), "a-key-for-tests", A),
        true,
    ),
    (
        "a limit lowered",
        |c| c.limits(limits_of(&[("requests", "10")])),
        |c| c.limits(limits_of(&[("requests", "9")])),
        false,
    ),
    (
        "a limit raised",
        |c| c.limits(limits_of(&[("requests", "9")])),
        |c| c.limits(limits_of(&[("requests", "10")])),
        true,
    ),
];

#[test]
fn a_burst_of_faults_gives_nothing_back_that_was_taken() {
    for (what, before, today, covers) in GRANTS {
        let house = House::new();
        let runtime = &house.runtime;
        let first = runtime
            .load("node", before(component(guests::HELLO)))
            .unwrap();
        let first = first.revision().unwrap();
        let old = runtime.nodes()[0].policy.clone();
        runtime
            .load("node", today(component(guests::TRAP)))
            .unwrap();
        let new = runtime.nodes()[0].policy.clone();
        burst(&house);
        let status = &runtime.nodes()[0];
        assert_eq!(status.revision.digest, first.digest, "{what}");
        let (with, policy) = match covers {
            true => ("", old),
            false => (" with the grants of 2", new),
        };
        assert_eq!(status.policy, policy, "{what}");
        assert_eq!(
            house.history("node")[2],
            format!("3 rolled back from generation 2 to 1{with}: {REASON}: serving, 0 running"),
            "{what}"
        );
    }
}

#[test]
fn a_burst_after_other_grants_sets_the_node_aside() {
    for (what, before, today, _) in GRANTS {
        let house = House::new();
        let runtime = &house.runtime;
        runtime
            .load("node", before(component(guests::BREAKS)))
            .unwrap();
        runtime
            .load("node", today(component(guests::BREAKS)))
            .unwrap();
        let policy = runtime.nodes()[0].policy.clone();
        burst(&house);
        let status = &runtime.nodes()[0];
        assert_eq!((status.revision.generation, &status.policy), (2, &policy));
        assert!(status.quarantined_ms.is_some(), "{what}");
        assert_eq!(
            house.history("node")[2],
            format!(
                "2 quarantined: {REASON}; what served before is the same component with other grants: \
                 serving, 0 running"
            )
        );
    }
}

#[test]
fn a_burst_brings_nothing_back_that_may_not_serve_now() {
    let key = SigningKey::from_bytes(&[1; 32]);
    let (none, wide) = (Policy::default(), policy(&[A]));
    let house = House::new();
    let (hello, trap) = (digest(&house, guests::HELLO), digest(&house, guests::TRAP));
    let grants = |policy: &Policy| {
        component(guests::HELLO)
            .policy(policy.clone())
            .grants_hash()
    };
    let sign = |digest: &str, policy| key.sign(Statement::new(digest, grants(policy)));
    let signed = |config: NodeConfig| {
        let config = config.require_signature([key.verifying_key()]);
        config.signature(sign(&trap, &none))
    };
    let old = || component(guests::HELLO);
    let cases = [
        (
            "it is not signed",
            old(),
            signed(component(guests::TRAP)),
            Some("what served before may not serve now: the signature is for the component "),
        ),
        (
            "it is signed",
            old()
                .require_signature([key.verifying_key()])
                .signature(sign(&hello, &none)),
            signed(component(guests::TRAP)),
            None,
        ),
        (
            "it is signed with more than there is now",
            old()
                .policy(wide.clone())
                .require_signature([key.verifying_key()])
                .signature(sign(&hello, &wide)),
            signed(component(guests::TRAP)),
            Some("what served before may not serve now: the signature is for the "),
        ),
        (
            "it is signed with what there is now, too",
            old()
                .policy(wide.clone())
                .require_signature([key.verifying_key()])
                .signature(sign(&hello, &wide)),
            signed(component(guests::TRAP)).signature(sign(&hello, &none)),
            None,
        ),
        (
            "another component is demanded",
            old(),
            component(guests::TRAP).digest(&trap),
            Some("what served before may not serve now: the component's digest is "),
        ),
    ];
    for (what, before, today, closed) in cases {
        let house = House::new();
        let runtime = &house.runtime;
        runtime.load("node", before).unwrap();
        runtime.load("node", today).unwrap();
        burst(&house);
        let status = &runtime.nodes()[0];
        let last = house.history("node").pop().unwrap();
        match closed {
            Some(why) => {
                assert_eq!(status.revision.digest, trap, "{what}");
                let said = format!("2 quarantined: {REASON}; {why}");
                assert!(last.starts_with(&said), "{what}: {last}");
            }
            None => {
                assert_eq!(status.revision.digest, hello, "{what}");
                assert_eq!(status.quarantined_ms, None, "{what}");
            }
        }
    }
}

#[test]
fn what_came_back_is_measured_by_what_was_demanded_last() {
    let house = House::new();
    let runtime = &house.runtime;
    let key = SigningKey::from_bytes(&[1; 32]);
    let grants = component(guests::HELLO).grants_hash();
    let sign = |path: &str| key.sign(Statement::new(digest(&house, path), &*grants));
    let unsigned = runtime
        .load("node", component(guests::COUNTER))
        .unwrap()
        .revision()
        .unwrap();
    let signed = component(guests::HELLO).signature(sign(guests::HELLO));
    // Signed before anybody wanted it.
    let signed = signed.require_signature([key.verifying_key()]);
    runtime.load("node", signed).unwrap();
    let trap = component(guests::TRAP).signature(sign(guests::TRAP));
    let trap = trap.require_signature([key.verifying_key()]);
    runtime.load("node", trap).unwrap();
    burst(&house);
    assert_eq!(house.latest(), 4);
    let to = Some(unsigned.generation);
    let error = runtime
        .rollback("node", to, Approval::Wider, "")
        .unwrap_err();
    assert!(matches!(
        error,
        RollbackError::Refused(LoadError::Signature(_))
    ));
    assert_eq!(house.latest(), 4);
}

#[test]
fn a_rollback_by_hand_that_widens_is_held_until_somebody_agrees() {
    for (what, before, today, covers) in GRANTS {
        let house = House::new();
        let runtime = &house.runtime;
        let first = runtime
            .load("node", before(component(guests::FETCH)))
            .unwrap();
        let first = first.revision().unwrap();
        let old = runtime.nodes()[0].policy.clone();
        // What the component is, was agreed to: another one, even.
        runtime
            .load("node", today(component(guests::HELLO)))
            .unwrap();
        house.events.take();
        let back = match runtime.rollback("node", None, Approval::Same, "") {
            Ok(back) => {
                assert!(covers, "{what}");
                back
            }
            Err(RollbackError::NeedsApproval { changes }) => {
                assert!(!covers, "{what}");
                assert_eq!(house.latest(), 2, "{what}");
                let line = changes.wider.join(", ");
                assert_eq!(house.events.take(), [format!("1 held: {line}")], "{what}");
                runtime.rollback("node", None, Approval::Wider, "").unwrap()
            }
            Err(error) => panic!("{what}: {error}"),
        };
        assert_eq!((&back.digest, back.generation >= 3), (&first.digest, true));
        assert_eq!(runtime.nodes()[0].policy, old, "{what}");
    }
    let house = House::new();
    let runtime = &house.runtime;
    let wide = component(guests::HELLO).policy(policy(&[A, B]));
    let wide = secret(
        wide.limits(limits_of(&[("requests", "10")])),
        "a-key-for-tests",
        A,
    );
    runtime.load("node", wide).unwrap();
    let narrow = component(guests::HELLO).limits(limits_of(&[("requests", "9")]));
    runtime.load("node", narrow).unwrap();
    let error = runtime
        .rollback("node", None, Approval::Same, "")
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "the earlier revision has more than the serving one, which has to be approved\n\
         + rule https://a.example\n\
         + rule https://b.example\n\
         + secret key to https://a.example\n\
         + limit requests 9 to 10"
    );
}

fn canary(config: NodeConfig) -> NodeConfig {
    config.rollout(Rollout::Canary {
        percent: 50,
        key: None,
    })
}

/// Lets the canary break, and nothing else.
fn break_canary(house: &House) {
    let ids = (0..1000).map(|n: u64| Context::new().with_execution_id(&n.to_string()).unwrap());
    let canaries = ids.filter(|id| run(house, "1", id).revision.generation == 2);
    let canaries: Vec<Context> = canaries.take(20).collect();
    for (id, caller) in canaries.into_iter().zip(["ada", "bob"].into_iter().cycle()) {
        if house.runtime.nodes()[0].trial.is_none() {
            return;
        }
        run(house, "\"trap\"", &id.with_caller(caller));
    }
    assert!(house.runtime.nodes()[0].trial.is_none());
}

#[test]
fn the_end_of_a_canary_with_less_takes_it_from_what_serves() {
    let narrow = policy(&[]).hash();
    let cases = [
        // The canary has as much: what served goes on.
        (guests::HELLO, policy(&[]), (1, None)),
        // Another component, which gets less from now on.
        (guests::HELLO, policy(&[A]), (3, None)),
        // Only less was tried: it holds, and nothing serves with more.
        (guests::BREAKS, policy(&[A]), (2, Some(()))),
    ];
    for (path, wide, expected) in cases {
        let house = House::new();
        let runtime = &house.runtime;
        runtime.load("node", component(path).policy(wide)).unwrap();
        let trial = canary(component(guests::BREAKS));
        runtime.load("node", trial).unwrap();
        break_canary(&house);
        let status = &runtime.nodes()[0];
        let aside = status.quarantined_ms.map(|_| ());
        assert_eq!((status.revision.generation, aside), expected);
        assert_eq!(status.policy, narrow);
        assert_eq!(status.revision.digest, digest(&house, path));
    }
}
