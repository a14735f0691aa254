//! The guests of `tests/guests`, one test each of the same name. Whatever a
//! guest does ends typed and in time.

use std::time::{Duration, Instant};

use hospes::{Context, Fault, NodeConfig, SecretGrant};
use hospes_artifacts as guests;
use serde_json::json;

use crate::support::{RUNTIME, fault, guest, load, result, run};

// The tests of these guests are about HTTP, logs and the like.
use crate::capability::{dice, unknown_import};
use crate::http::{denied_host, fetch, fetch_async, request_flood};
use crate::logs::{log_flood, log_lines, unfinished_lines};
use crate::retries::fails;
use crate::standard::bodies::{standard_bad_body, standard_bad_body_async};
use crate::standard::held::{
    standard_dropped, standard_dropped_async, standard_handles, standard_handles_async,
};
use crate::standard::requests::{standard_fetch, standard_fetch_async};
use crate::swap::protection::breaks;
use crate::zoo::about::{
    describe_floods, describe_heavy_schemas, describe_lies, describe_loops, describe_sends,
    describe_sleeps, describe_traps, describe_wishes,
};
use crate::zoo::rust::{
    abort, clock_watching, deep_result, double_panic, huge_allocation, huge_failure,
    huge_log_record, many_keys, output_flood, output_flood_async, thread_spawning, tiny_sleeps,
};
use crate::zoo::sending::{
    cancelled_sends, huge_body, huge_header, method_garbage, never_ready, open_tasks,
    request_avalanche, send_storm, thousand_headers,
};

macro_rules! assert_test_exists {
    ($name:ident) => {
        const _: fn() = $name;
    };
}
guests::for_each_test_guest!(assert_test_exists);

/// Runs a guest that would not end by itself, and checks that it ended in time.
#[track_caller]
fn stopped(path: &str, limits: &[(&str, &str)], at: Duration) -> Fault {
    let node = load(guest(path, limits));
    let start = Instant::now();
    let outcome = RUNTIME
        .execute_blocking(&node, "null", &Context::new())
        .unwrap();
    // The promise is 100 ms; a loaded test machine gets some more.
    let late = start.elapsed().saturating_sub(at);
    assert!(late < Duration::from_secs(1), "{late:?} late");
    fault(outcome)
}

#[test]
fn endless_loop() {
    let limit = Duration::from_millis(300);
    let limits = [("deadline", "300ms"), ("cpu", "10s")];
    assert_eq!(
        stopped(guests::ENDLESS_LOOP, &limits, limit),
        Fault::Deadline { limit }
    );
    // How long that takes is for the processor to say.
    let limits = [("deadline", "10m"), ("cpu", "300ms")];
    let outcome = run(guest(guests::ENDLESS_LOOP, &limits), "null");
    assert_eq!(fault(outcome), Fault::Cpu { limit });
}

#[test]
fn an_endless_loop_ends_even_when_every_worker_of_the_callers_runtime_is_busy() {
    let limit = Duration::from_millis(200);
    let node = load(guest(
        guests::ENDLESS_LOOP,
        &[("deadline", "200ms"), ("cpu", "10s")],
    ));
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .unwrap();
    // One worker, and the guest keeps it: no timer can fire but through the epoch.
    let outcome = runtime
        .block_on(RUNTIME.execute(&node, "null", &Context::new()))
        .unwrap();
    assert_eq!(fault(outcome), Fault::Deadline { limit });
}

#[test]
fn a_looping_neighbour_does_not_stop_others() {
    let looping = load(guest(
        guests::ENDLESS_LOOP,
        &[("deadline", "400ms"), ("cpu", "10s")],
    ));
    let honest = load(guest(guests::HELLO, &[]));
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_time()
        .build()
        .unwrap();
    runtime.block_on(async {
        let (payload, context) = ("null", Context::new());
        let looping = RUNTIME.execute(&looping, payload, &context);
        let honest = async {
            for _ in 0..50 {
                let outcome = RUNTIME
                    .execute(&honest, "{}", &Context::new())
                    .await
                    .unwrap();
                assert_eq!(result(&outcome), json!({"greeting": "Hello, world."}));
            }
        };
        let (looped, ()) = tokio::join!(looping, honest);
        assert!(matches!(fault(looped.unwrap()), Fault::Deadline { .. }));
    });
}

#[test]
fn endless_sleep() {
    let limit = Duration::from_millis(300);
    let limits = [("deadline", "300ms")];
    assert_eq!(
        stopped(guests::ENDLESS_SLEEP, &limits, limit),
        Fault::Deadline { limit }
    );
}

#[test]
fn a_shorter_deadline_of_the_caller_counts_and_a_longer_one_does_not() {
    let node = load(guest(guests::ENDLESS_SLEEP, &[("deadline", "200ms")]));
    for (asked, limit) in [(50, 50), (60_000, 200)] {
        let context = Context::new().with_deadline(Duration::from_millis(asked));
        let outcome = RUNTIME.execute_blocking(&node, "null", &context).unwrap();
        let limit = Duration::from_millis(limit);
        assert_eq!(fault(outcome), Fault::Deadline { limit });
    }
}

#[test]
fn waiting_is_no_cpu_time() {
    let outcome = run(
        guest(
            guests::ENDLESS_SLEEP,
            &[("deadline", "500ms"), ("cpu", "100ms")],
        ),
        "null",
    );
    assert!(outcome.usage.wall_us >= 500_000);
    assert!(
        outcome.usage.cpu_us < 100_000,
        "{} us",
        outcome.usage.cpu_us
    );
    assert!(matches!(fault(outcome), Fault::Deadline { .. }));
}

#[test]
fn memory_bomb() {
    let outcome = run(guest(guests::MEMORY_BOMB, &[("memory", "8MiB")]), "null");
    assert!(outcome.usage.memory_peak_bytes <= 8 << 20);
    let message = "the node wanted more than 8MiB of memory (limit `memory`)".to_owned();
    assert_eq!(fault(outcome), Fault::Memory { message });
}

#[test]
fn stack_bomb() {
    assert_eq!(
        fault(run(guest(guests::STACK_BOMB, &[]), "null")),
        Fault::Stack
    );
}

#[test]
fn trap() {
    let outcome = run(guest(guests::TRAP, &[]), "null");
    let said: Vec<&str> = outcome
        .logs
        .iter()
        .map(|record| record.message.as_str())
        .collect();
    assert!(
        said.iter()
            .any(|line| line.contains("the guest has had enough")),
        "{said:?}"
    );
    let message = "the node trapped: wasm `unreachable` instruction executed".to_owned();
    assert_eq!(fault(outcome), Fault::Trap { message });
}

#[test]
fn exit() {
    for code in [0, 1] {
        let message = format!("the node called exit({code})");
        let outcome = run(guest(guests::EXIT, &[]), &code.to_string());
        assert_eq!(fault(outcome), Fault::Trap { message });
    }
}

#[test]
fn huge_result() {
    let limits = [("result", "1KiB")];
    let outcome = run(guest(guests::HUGE_RESULT, &limits), "2000");
    assert_eq!(fault(outcome), Fault::ResultTooLarge { limit: 1024 });
    // Two bytes are the quotation marks.
    let outcome = run(guest(guests::HUGE_RESULT, &limits), "1022");
    assert_eq!(result(&outcome), json!("x".repeat(1022)));
    // Far beyond what the host takes over from a guest at all.
    let limits = [("result", "1KiB"), ("memory", "256MiB")];
    let outcome = run(guest(guests::HUGE_RESULT, &limits), "20000000");
    assert_eq!(fault(outcome), Fault::ResultTooLarge { limit: 1024 });
}

#[test]
fn invalid_json() {
    for (text, message) in [
        (
            r#""""#,
            "the node's result is not valid JSON: EOF while parsing a value at line 1 column 0",
        ),
        (
            r#""{\"a\":1} x""#,
            "the node's result is not valid JSON: trailing characters at line 1 column 9",
        ),
        (
            r#""[[[[]]]]""#,
            "the node's result is not valid JSON: nests deeper than 3 levels",
        ),
    ] {
        let outcome = run(guest(guests::INVALID_JSON, &[("depth", "3")]), text);
        assert_eq!(
            fault(outcome),
            Fault::InvalidResult {
                message: message.to_owned()
            }
        );
    }
    let outcome = run(
        guest(guests::INVALID_JSON, &[("depth", "3")]),
        r#""[[[]]]""#,
    );
    assert_eq!(result(&outcome), json!([[[]]]));
}

#[test]
fn invalid_details() {
    let outcome = run(guest(guests::INVALID_DETAILS, &[]), r#""nope""#);
    let message =
        "the node's details are not valid JSON: expected ident at line 1 column 2".to_owned();
    assert_eq!(fault(outcome), Fault::InvalidResult { message });
    let outcome = run(guest(guests::INVALID_DETAILS, &[]), r#""{}""#);
    assert_eq!(
        outcome
            .failure()
            .unwrap()
            .details
            .as_ref()
            .unwrap()
            .as_str(),
        "{}"
    );
}

#[test]
fn counter() {
    let node = load(guest(guests::COUNTER, &[]));
    for _ in 0..20 {
        let outcome = RUNTIME
            .execute_blocking(&node, "null", &Context::new())
            .unwrap();
        assert_eq!(result(&outcome), json!(1));
    }
}

#[test]
fn probe() {
    let outcome = run(guest(guests::PROBE, &[]), "null");
    let nothing = json!({
        "environment": 0, "arguments": 0, "root": false, "file": false, "write": false, "stdin": "",
        "connect": false, "listen": false, "udp": false, "resolve": false,
        "sub_millisecond_clock": false, "clock_works": true,
    });
    assert_eq!(result(&outcome), nothing);
}

#[test]
fn context() {
    let params = crate::support::json(&json!({"base": "https://a.example", "n": 1}));
    let secret = hospes::egress::Secret::new("not-for-guests").unwrap();
    let policy = hospes::Policy::parse(["GET https://a.example"]).unwrap();
    let origin = hospes::policy::Origin::parse("https://a.example").unwrap();
    let config = NodeConfig::from_file(guests::CONTEXT)
        .env("sandbox", params)
        .policy(policy)
        .secret(SecretGrant::new("key", secret).to([origin]));
    let node = load(config);
    let context = Context::new()
        .with_execution_id("order-17")
        .unwrap()
        .with_variables(crate::support::json(&json!({"city": "Oslo"})))
        .unwrap();
    let outcome = RUNTIME
        .execute_blocking(&node, r#"{"p": [1]}"#, &context)
        .unwrap();
    let mut seen = result(&outcome);
    let remaining = seen["remaining_ms"].take().as_u64().unwrap();
    assert!((1..=10_000).contains(&remaining), "{remaining}");
    assert_eq!(
        seen,
        json!({
            "payload": {"p": [1]}, "execution_id": "order-17", "attempt": 1, "env": "sandbox",
            "params": {"base": "https://a.example", "n": 1}, "secrets": ["key"],
            "variables": {"city": "Oslo"}, "remaining_ms": null,
        })
    );
    assert_eq!(&*outcome.execution_id, "order-17");
}

#[test]
fn a_payload_beyond_the_limit_never_reaches_the_node() {
    let outcome = run(
        guest(guests::HELLO, &[("payload", "10")]),
        r#"{"name": "Ada"}"#,
    );
    assert_eq!(outcome.attempts, 0);
    assert_eq!(
        fault(outcome),
        Fault::PayloadTooLarge {
            bytes: 15,
            limit: 10
        }
    );
}

#[test]
fn more_executions_than_a_node_may_have_are_refused_at_once() {
    let limits = [("deadline", "500ms"), ("concurrency", "2"), ("queue", "1")];
    let node = load(guest(guests::ENDLESS_SLEEP, &limits));
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .unwrap();
    let outcomes = runtime.block_on(async {
        let context = Context::new();
        let execute = || RUNTIME.execute(&node, "null", &context);
        let (a, b, c, d) = tokio::join!(execute(), execute(), execute(), execute());
        [a, b, c, d].map(|outcome| fault(outcome.unwrap()))
    });
    let message = "2 executions of the node run and 1 wait (limits `concurrency` and `queue`)";
    let limit = Duration::from_millis(500);
    let late = Fault::Deadline { limit };
    let refused = Fault::Overloaded {
        message: message.to_owned(),
    };
    assert_eq!(outcomes, [late.clone(), late.clone(), late, refused]);
}

#[test]
fn a_cancelled_execution_frees_its_place_at_once() {
    let node = load(guest(
        guests::ENDLESS_SLEEP,
        &[("concurrency", "1"), ("queue", "0")],
    ));
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .unwrap();
    runtime.block_on(async {
        for _ in 0..20 {
            let context = Context::new();
            let execution = RUNTIME.execute(&node, "null", &context);
            let cancelled = tokio::time::timeout(Duration::from_millis(10), execution).await;
            assert!(cancelled.is_err(), "it found no place: {cancelled:?}");
        }
    });
}

#[test]
fn executions_can_be_spawned_side_by_side_on_the_hosts_own_runtime() {
    let node = load(guest(
        guests::HELLO,
        &[("concurrency", "100"), ("queue", "100")],
    ));
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_time()
        .build()
        .unwrap();
    runtime.block_on(async {
        let executions: Vec<_> = (0..200)
            .map(|n| {
                let node = node.clone();
                tokio::spawn(async move {
                    let payload = json!({"name": n.to_string()}).to_string();
                    RUNTIME.execute(&node, &payload, &Context::new()).await
                })
            })
            .collect();
        for (n, execution) in executions.into_iter().enumerate() {
            let outcome = execution.await.unwrap().unwrap();
            assert_eq!(
                result(&outcome),
                json!({"greeting": format!("Hello, {n}.")})
            );
        }
    });
}

/// All of its cases are run by the tests of the command line.
#[test]
fn conformance() {
    draws_anew(guests::CONFORMANCE);
}

/// All of its cases are run by the tests of the command line.
#[test]
fn conformance_async() {
    draws_anew(guests::CONFORMANCE_ASYNC);
}

#[track_caller]
fn draws_anew(component: &str) {
    let node = load(guest(component, &[]));
    let drawn = |_| {
        let context = Context::new();
        let payload = r#"{"do": "draw"}"#;
        result(&RUNTIME.execute_blocking(&node, payload, &context).unwrap())
    };
    let [one, other] = [0, 1].map(drawn);
    assert_ne!(one, other);
}
