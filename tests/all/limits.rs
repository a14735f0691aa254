//! Every limit changes what happens: none is only read.

use std::io::Write;
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

use hospes::egress::{Body, BoxFuture, Dial, Transport, TransportError, http};
use hospes::{Context, Limits, NodeConfig, Policy, Runtime};
use hospes_artifacts as guests;
use hospes_tests::guest_by_hand;
use serde_json::{Value, json};

use crate::support::{self, compiled, guest, over_each_transport, result};
use crate::upstream::Upstream;

/// A limit, a value beside its default, part of what happens then, and a
/// scenario that says what has happened.
type Case = (
    &'static str,
    &'static str,
    &'static str,
    fn(Limits) -> String,
);

#[rustfmt::skip]
const CASES: &[Case] = &[
    ("deadline", "50ms", "did not end within 50ms (limit `deadline`)", sleeps),
    ("cpu", "50ms", "computed for more than 50ms (limit `cpu`)", loops),
    ("memory", "64KiB", "more than 64KiB of memory (limit `memory`)", hello),
    ("table-elements", "1", "more than 1 table elements (limit `table-elements`)", hello),
    ("instances", "31", "more than 31 core instances (limit `instances`)", just_within),
    ("memories", "3", "more than 3 memories (limit `memories`)", just_within),
    ("tables", "7", "more than 7 tables (limit `tables`)", just_within),
    ("handles", "16", "more than 16 handles (limit `handles`)", |limits| by_hand(limits, "handle_leak")),
    ("component", "1KiB", "larger than 1KiB (limit `component`)", hello),
    ("compile", "1ms", "longer than 1ms to compile (limit `compile`)", compiles),
    ("payload", "2", "2 are allowed (limit `payload`)", hello),
    ("result", "2", "more than 2 bytes (limit `result`)", hello),
    ("depth", "1", "nests deeper than 1 levels", |limits| run(limits, guests::HELLO, r#"{"name":"Ada","more":[1]}"#)),
    ("requests", "2", "all 2 requests are used up (`requests`)", fetches),
    ("requests-in-flight", "1", "one at once", fetches),
    ("node-requests-in-flight", "1", "one at once", fetches),
    ("request-body", "4", "the body is longer than 4 (`request-body`)", fetches),
    ("request-headers", "0", "more than the limit `request-headers` of 0", fetches),
    ("request-header-bytes", "3", "more than the limit `request-header-bytes` of 3", fetches),
    ("response-body", "9", "TooLarge", fetches),
    ("response-head", "2KiB", "a head of 2048 bytes", fetches),
    ("http-bytes", "10", "TooLarge", fetches),
    ("resolve", "1s", "the lookup has 1s", fetches),
    ("connect", "1s", "connected within 1s", fetches),
    ("request-timeout", "5s", "answered within 5 s", fetches),
    ("log-records", "1", "log records left out", logs),
    ("log-record", "64", "…", logs),
    ("log-bytes", "10", "log records left out", logs),
    ("output", "4", "out:", logs),
    ("random", "31", "requested len 32 exceeds limit 31", |limits| by_hand(limits, "a_few_random_bytes")),
    ("concurrency", "1", "1 executions of the node run and 0 wait", |mut limits| { limits.queue = 0; two(limits) }),
    ("queue", "0", "1 executions of the node run and 0 wait", |mut limits| { limits.concurrency = 1; two(limits) }),
];

#[test]
fn every_limit_changes_what_happens() {
    let tried: Vec<&str> = CASES.iter().map(|(limit, ..)| *limit).collect();
    let known: Vec<&str> = hospes::limits::TABLE
        .iter()
        .map(|limit| limit.name)
        .collect();
    assert_eq!(tried, known);
    for (limit, value, part, scenario) in CASES {
        let mut limits = Limits::default();
        let before = scenario(limits.clone());
        limits.set(limit, value).unwrap();
        let after = scenario(limits);
        assert_ne!(before, after, "{limit}");
        assert!(after.contains(part), "{limit}: {after}");
    }
}

const SHORT: Duration = Duration::from_millis(100);

/// The same limits where they are kept: by each transport, on a real wire.
#[test]
fn each_transport_keeps_the_limits_that_are_its_own() {
    let pads = "x: 0123456789012345678901234567890123456789\r\n".repeat(60);
    over_each_transport(|| {
        for (limit, value, head, enough, error) in [
            ("response-body", "9", "", "10", "TooLarge"),
            ("http-bytes", "9", "", "10", "TooLarge"),
            ("response-head", "2KiB", &*pads, "8KiB", "TooLarge"),
        ] {
            let answer = format!("HTTP/1.1 200 OK\r\n{head}content-length: 10\r\n\r\n0123456789");
            let upstream =
                Upstream::new(move |_, stream| stream.write_all(answer.as_bytes()).is_ok());
            assert_eq!(fetched(&upstream, limit, value)["error"], error, "{limit}");
            assert_eq!(fetched(&upstream, limit, enough)["status"], 200, "{limit}");
        }
        let (go, gone) = mpsc::channel();
        let gone = Mutex::new(gone);
        let late = Upstream::new(move |_, stream| {
            _ = gone.lock().unwrap().recv();
            stream.write_all(b"HTTP/1.1 204 No\r\n\r\n").is_ok()
        });
        assert_eq!(
            fetched(&late, "request-timeout", "50ms")["error"],
            "Timeout"
        );
        // The one that was given up, and the next one.
        (0..2).for_each(|_| go.send(()).unwrap());
        assert_eq!(fetched(&late, "request-timeout", "5s")["status"], 204);
    });
}

/// What one GET of a node with this limit gives.
fn fetched(upstream: &Upstream, limit: &str, value: &str) -> Value {
    let policy = Policy::parse([upstream.origin()]).unwrap();
    let node = guest(guests::FETCH, &[(limit, value)]).policy(policy);
    let request = json!([{"method": "GET", "url": upstream.origin() + "/"}]);
    result(&support::run(node, &request.to_string()))[0].take()
}

fn sleeps(mut limits: Limits) -> String {
    limits.deadline = limits.deadline.min(SHORT);
    run(limits, guests::ENDLESS_SLEEP, "null")
}

fn loops(mut limits: Limits) -> String {
    limits.cpu = limits.cpu.min(SHORT);
    run(limits, guests::ENDLESS_LOOP, "null")
}

fn hello(limits: Limits) -> String {
    run(limits, guests::HELLO, r#"{"name":"Ada"}"#)
}

fn just_within(limits: Limits) -> String {
    by_hand(limits, "just_within")
}

fn by_hand(mut limits: Limits, name: &str) -> String {
    let component = guest_by_hand(name).unwrap();
    limits.deadline = limits.deadline.min(10 * SHORT);
    said(
        &runtime(true),
        NodeConfig::from_bytes(component).limits(limits),
        "null",
    )
}

/// Nothing is in a cache here.
fn compiles(limits: Limits) -> String {
    let config = NodeConfig::from_file(guests::HELLO).limits(limits);
    said(&runtime(false), config, "null")
}

fn logs(limits: Limits) -> String {
    let lines = json!(["a long line ".repeat(10), "b", "c"]);
    let config = NodeConfig::from_file(guests::LOG_LINES).limits(limits);
    let runtime = runtime(true);
    runtime.load("node", config).unwrap();
    let outcome = runtime.execute_blocking("node", &lines.to_string(), &Context::new());
    let records = outcome.unwrap().logs;
    records
        .iter()
        .map(|record| record.message.clone() + "\n")
        .collect()
}

/// Three requests side by side, and one for a name that is not there.
fn fetches(limits: Limits) -> String {
    let request = |url: &str| json!({"method": "POST", "url": url, "headers": [["x-a", "b"]], "body": "hello"});
    let url = "https://api.example.com/";
    let payload = json!([
        request(url),
        request(url),
        request(url),
        request("https://nowhere.example/")
    ]);
    run(limits, guests::FETCH, &payload.to_string())
}

/// Two executions at once that end with their deadline.
fn two(mut limits: Limits) -> String {
    let runtime = runtime(true);
    limits.deadline = SHORT;
    let config = NodeConfig::from_file(guests::ENDLESS_SLEEP).limits(limits);
    runtime.load("node", config).unwrap();
    let tokio = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .unwrap();
    tokio.block_on(async {
        let context = Context::new();
        let (one, other) = tokio::join!(
            runtime.execute("node", "null", &context),
            runtime.execute("node", "null", &context),
        );
        format!(
            "{}\n{}",
            one.unwrap().answer.unwrap_err(),
            other.unwrap().answer.unwrap_err()
        )
    })
}

fn run(limits: Limits, guest: &str, payload: &str) -> String {
    let policy = Policy::parse(["https://api.example.com", "https://nowhere.example"]).unwrap();
    let config = NodeConfig::from_file(guest).limits(limits).policy(policy);
    said(&runtime(true), config, payload)
}

fn runtime(cached: bool) -> Runtime {
    let builder = Runtime::builder()
        .executions(4)
        .transport(|_| Arc::new(Telling::default()));
    if cached {
        builder.compile_cache(compiled())
    } else {
        builder
    }
    .build()
    .unwrap()
}

/// What came of it, in words.
fn said(runtime: &Runtime, config: NodeConfig, payload: &str) -> String {
    if let Err(error) = runtime.load("node", config) {
        return error.to_string();
    }
    match runtime.execute_blocking("node", payload, &Context::new()) {
        Ok(outcome) => match &outcome.answer {
            Ok(answer) => format!("{answer:?}"),
            Err(fault) => fault.to_string(),
        },
        Err(error) => error.to_string(),
    }
}

/// Answers with what it was told to keep to.
#[derive(Default)]
struct Telling {
    now: AtomicU64,
    most: AtomicU64,
}

impl Transport for Telling {
    fn resolve<'a>(
        &'a self,
        host: &'a str,
        timeout: Duration,
    ) -> BoxFuture<'a, Result<Vec<IpAddr>, TransportError>> {
        Box::pin(async move {
            match host {
                "api.example.com" => Ok(vec![IpAddr::from([93, 184, 216, 34])]),
                _ => Err(TransportError::Unreachable(format!(
                    "the lookup has {timeout:?}"
                ))),
            }
        })
    }

    fn send(
        &self,
        _request: http::Request<Body>,
        dial: Dial,
    ) -> BoxFuture<'_, Result<http::Response<Body>, TransportError>> {
        Box::pin(async move {
            let now = self.now.fetch_add(1, Relaxed) + 1;
            self.most.fetch_max(now, Relaxed);
            for _ in 0..10 {
                tokio::task::yield_now().await;
            }
            self.now.fetch_sub(1, Relaxed);
            let at_once = match self.most.load(Relaxed) {
                1 => "one at once",
                _ => "several at once",
            };
            let body = format!(
                "{at_once}, connected within {:?}, answered within {} s, a head of {} bytes",
                dial.connect_timeout,
                dial.timeout.as_millis().div_ceil(1000),
                dial.max_response_head,
            );
            Ok(http::Response::new(Body::from(body)))
        })
    }
}
