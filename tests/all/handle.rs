//! Calls through the handle of a node.

use hospes::outcome::FailureKind;
use hospes::{CallError, ExecuteError, Fault, NodeConfig, Policy, Runtime};
use hospes_artifacts as guests;
use serde::Deserialize;
use serde_json::json;

#[derive(Debug, Deserialize)]
struct Greeting {
    greeting: String,
}

fn runtime() -> Runtime {
    Runtime::builder().executions(4).build().unwrap()
}

#[test]
fn a_call_takes_and_gives_types_and_tells_failures_from_faults() {
    let runtime = runtime();
    let load = |path| runtime.load("node", NodeConfig::from_file(path)).unwrap();
    let node = load(guests::HELLO);
    let greeted = node.call_blocking(&json!({"name": "Ada"})).unwrap();
    let Greeting { greeting } = greeted.json().unwrap();
    assert_eq!((&*greeting, greeted.kind()), ("Hello, Ada.", "success"));
    let other = greeted.json::<u64>();
    assert!(matches!(other, Err(CallError::Json(_))), "{other:?}");

    let error = node.call_blocking(&json!({"name": 1})).unwrap_err();
    let CallError::Failure(failure) = &error else {
        panic!("{error:?}")
    };
    assert_eq!(failure.kind, FailureKind::InvalidPayload);
    assert!(error.to_string().starts_with("invalid-payload: "));

    // The handle stands for the node, not for the revision.
    load(guests::TRAP);
    let error = node.call_blocking(&json!(1)).unwrap_err();
    assert!(
        matches!(error, CallError::Fault(Fault::Trap { .. })),
        "{error:?}"
    );
}

#[test]
fn a_handle_knows_its_node_and_outlives_it() {
    let runtime = runtime();
    let policy = Policy::parse(["GET https://a.example"]).unwrap();
    let config = NodeConfig::from_file(guests::HELLO).policy(policy.clone());
    let node = runtime.load("hello", config).unwrap();
    assert_eq!(node.name(), "hello");
    assert_eq!(node.policy().unwrap().canonical(), policy.canonical());
    assert_eq!(node.status().unwrap().revision, node.revision().unwrap());
    let found = runtime.handle("hello").unwrap();
    assert_eq!(found.revision(), node.revision());
    assert_eq!(runtime.node("hello").unwrap().policy, policy.hash());

    drop(runtime.remove("hello").unwrap());
    assert!(runtime.handle("hello").is_none() && runtime.node("hello").is_none());
    assert!(node.status().is_none() && node.policy().is_none() && node.revision().is_none());
    let error = node.call_blocking(&json!({})).unwrap_err();
    assert!(
        matches!(&error, CallError::Execute(ExecuteError::UnknownNode { name, .. }) if name == "hello"),
        "{error:?}"
    );
}
