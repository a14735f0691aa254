//! Cases that a component has to pass before it may serve.

use hospes::egress::Secret;
use hospes::golden::GoldenCase;
use hospes::policy::Origin;
use hospes::swap::Approval;
use hospes::{NodeConfig, Policy, SecretGrant};
use hospes_artifacts as guests;
use serde_json::{Value, json};

use super::House;
use crate::support::{guest, limits_of};

fn case(exchanges: Value, expect: Value) -> GoldenCase {
    let case = json!({
        "name": "a case",
        "payload": [{
            "method": "POST", "url": "https://crm.example.com/contacts?dry=1", "body": "{\"id\":7,\"at\":\"now\"}",
            "secret": ["authorization", "key", "Bearer "],
        }],
        "exchanges": exchanges,
        "expect": expect,
    });
    GoldenCase::from_json(&case.to_string()).unwrap()
}

fn exchange(fields: Value) -> Value {
    let mut exchange = json!({"method": "POST", "url": "https://crm.example.com/contacts?dry=1"});
    for (key, value) in fields.as_object().unwrap() {
        exchange[key] = value.clone();
    }
    json!([exchange])
}

fn config(case: GoldenCase) -> NodeConfig {
    guest(guests::FETCH, &[])
        .policy(Policy::parse(["POST https://crm.example.com/contacts"]).unwrap())
        .secret(
            SecretGrant::new("key", Secret::new("a-key-for-tests").unwrap())
                .to([Origin::parse("https://crm.example.com").unwrap()]),
        )
        .golden([case])
}

#[test]
fn a_case_that_ends_as_it_should_lets_the_revision_serve() {
    let house = House::new();
    let success = |result: Value| json!({"route": "success", "result": result});
    let created = exchange(json!({
        "request": {"id": 7}, "status": 201, "response": {"ok": true},
        "headers": {"content-type": "application/json"},
    }));
    let cases = [
        case(
            created,
            success(json!([{"status": 201, "body": "{\"ok\":true}"}])),
        ),
        case(
            exchange(json!({"response": "as it is"})),
            success(json!([{"status": 200, "body": "as it is"}])),
        ),
        case(
            exchange(json!({"error": "timeout"})),
            success(json!([{"error": "Timeout", "may_have_arrived": true}])),
        ),
        case(
            exchange(json!({"error": "unreachable"})),
            success(json!([{"may_have_arrived": false}])),
        ),
    ];
    for case in cases {
        house.runtime.load("node", config(case)).unwrap();
    }
    let fails = GoldenCase::from_json(
        r#"{"name": "fails", "payload": {"kind": "partial"}, "expect": {"route": "failure", "kind": "partial"}}"#,
    );
    house
        .runtime
        .load("fails", guest(guests::FAILS, &[]).golden([fails.unwrap()]))
        .unwrap();
    let traps = GoldenCase::from_json(
        r#"{"name": "traps", "payload": "trap", "expect": {"route": "failure", "kind": "trap"}}"#,
    );
    house
        .runtime
        .load("traps", guest(guests::BREAKS, &[]).golden([traps.unwrap()]))
        .unwrap();
}

#[test]
fn a_case_says_what_the_gate_refuses() {
    let house = House::new();
    let load = |error: &str, config: fn(GoldenCase) -> NodeConfig| {
        let error = exchange(json!({ "error": error }));
        let case = case(error, json!({"route": "success"}));
        house.runtime.load("node", config(case))
    };
    let denied = |case| guest(guests::FETCH, &[]).golden([case]);
    let none_left = |case| config(case).limits(limits_of(&[("requests", "0")]));
    load("denied", denied).unwrap();
    load("exhausted", none_left).unwrap();
    load("too-large", config).unwrap();

    for (error, config) in [
        ("denied", config as fn(GoldenCase) -> NodeConfig),
        ("exhausted", config),
        ("exhausted", denied),
        ("denied", none_left),
        ("too-large", none_left),
    ] {
        assert!(load(error, config).is_err(), "{error}");
    }
    let told = load("denied", config).unwrap_err().to_string();
    assert_eq!(
        told,
        "golden case `a case`: expected is no request but those of the case; found was POST \
         https://crm.example.com/contacts"
    );
}

#[test]
fn a_case_can_have_params_of_its_own_and_the_grants_stay() {
    let house = House::new();
    let case = |params: Value, result: Value| {
        let case = json!({
            "name": "it", "payload": {"do": "params"}, "params": params,
            "expect": {"route": "success", "result": result},
        });
        GoldenCase::from_json(&case.to_string()).unwrap()
    };
    let of_env = hospes::Json::parse(r#"{"text": "of the environment"}"#).unwrap();
    let given = guest(guests::CONFORMANCE, &[]).env("test", of_env).golden([
        case(Value::Null, json!({"text": "of the environment"})),
        case(
            json!({"text": "of the case"}),
            json!({"text": "of the case"}),
        ),
        case(json!({}), json!({})),
    ]);
    house.runtime.load("node", given).unwrap();
}

#[test]
fn a_failure_is_compared_with_its_wait_and_details() {
    let house = House::new();
    let load = |expect: Value| {
        let case = json!({
            "name": "it", "expect": expect,
            "payload": {
                "do": "fail", "kind": "partial", "message": "some",
                "retry_after_ms": 1500, "details": {"a": [1], "b": 2},
            },
        });
        let case = GoldenCase::from_json(&case.to_string()).unwrap();
        let config = guest(guests::CONFORMANCE, &[]).golden([case]);
        let loaded = house.runtime.load("node", config);
        loaded.map(|_| ()).map_err(|error| error.to_string())
    };
    let failure = |fields: Value| {
        let mut expect = json!({"route": "failure", "kind": "partial"});
        for (key, value) in fields.as_object().unwrap() {
            expect[key] = value.clone();
        }
        expect
    };
    assert_eq!(load(failure(json!({}))), Ok(()));
    let both = json!({"retry_after_ms": 1500, "details": {"a": [1]}});
    assert_eq!(load(failure(both)), Ok(()));
    assert_eq!(
        load(failure(json!({"retry_after_ms": 2000}))).unwrap_err(),
        "golden case `it`: expected is a wait of 2000 ms; found was a wait of 1500 ms"
    );
    assert_eq!(
        load(failure(json!({"details": {"a": [2]}}))).unwrap_err(),
        "golden case `it`: expected is 2 at /a/0 of the details; found was 1"
    );
}

#[test]
fn a_case_that_fails_says_what_was_expected_and_what_was_found() {
    let house = House::new();
    house
        .runtime
        .load("node", NodeConfig::from_file(guests::HELLO))
        .unwrap();
    let success = json!({"route": "success"});
    let elsewhere = json!([{"method": "GET", "url": "https://crm.example.com/contacts?dry=1"}]);
    let two = json!([exchange(json!({}))[0], elsewhere[0]]);
    let cases = [
        (
            exchange(json!({"status": 500})),
            json!({"route": "success", "result": [{"status": 201}]}),
            "expected is 201 at /0/status; found was 500",
        ),
        (
            elsewhere,
            success.clone(),
            "expected is no request but those of the case; found was POST https://crm.example.com/contacts",
        ),
        (
            exchange(json!({"request": {"id": 8}})),
            success.clone(),
            "expected is no request but those of the case; found was POST https://crm.example.com/contacts",
        ),
        (
            two,
            success.clone(),
            "expected is GET https://crm.example.com/contacts?dry=1; found was no such request",
        ),
    ];
    for (exchanges, expect, message) in cases {
        let config = config(case(exchanges, expect));
        let error = house.runtime.swap("node", config, Approval::Wider);
        assert_eq!(
            error.unwrap_err().to_string(),
            format!("golden case `a case`: {message}")
        );
    }
    let told = |text: &str, expect: &str| {
        let case = format!(r#"{{"name": "it", "payload": {text}, "expect": {expect}}}"#);
        let config = guest(guests::BREAKS, &[]).golden([GoldenCase::from_json(&case).unwrap()]);
        let error = house.runtime.swap("node", config, Approval::Wider);
        error.unwrap_err().to_string()
    };
    assert_eq!(
        told("1", r#"{"route": "success", "result": {"a": 1}}"#),
        "golden case `it`: expected is {\"a\":1} at the result; found was 1"
    );
    assert_eq!(
        told("1", r#"{"route": "failure"}"#),
        "golden case `it`: expected is a failure; found was success, 1"
    );
    assert_eq!(
        told(r#""fail""#, r#"{"route": "success"}"#),
        "golden case `it`: expected is success; found was the failure `rejected`: as it was told"
    );
    assert_eq!(
        told(r#""trap""#, r#"{"route": "failure", "kind": "rejected"}"#),
        "golden case `it`: expected is the failure `rejected`; found was the failure `trap`: the \
         node trapped: wasm `unreachable` instruction executed"
    );
    assert_eq!(house.latest(), 1, "the old one serves");
    assert_eq!(house.transports(), 1);
}

#[test]
fn the_policy_holds_in_a_golden_case() {
    let house = House::new();
    let denied = json!({"route": "success", "result": [{"error": "Denied(\"no-rule\")"}]});
    let case = case(json!([]), denied);
    let config = guest(guests::FETCH, &[]).golden([case]);
    house.runtime.load("node", config).unwrap();
}
