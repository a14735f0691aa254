//! Upstreams that lie, flood, stall and echo. Whatever one does, the node gets
//! a typed answer in time, and nothing that it should not see.

mod echo;
mod flood;
mod framing;
mod leak;
mod redirect;
mod reuse;

use std::io::Write;
use std::time::{Duration, Instant};

use hospes::{Context, NodeConfig, Policy};
use hospes_artifacts as guests;
use serde_json::{Value, json};

use crate::support::{guest, is_over_hyper, load, result, runtime};
use crate::upstream::Upstream;

/// A machine that is busy with other tests may be late by this much.
const LATE: Duration = Duration::from_secs(1);

/// A node that sends what it is told to, to this upstream alone.
fn node(upstream: &Upstream, limits: &[(&str, &str)]) -> NodeConfig {
    guest(guests::FETCH, limits).policy(Policy::parse([upstream.origin()]).unwrap())
}

/// Lets a loaded node send one request; gives its answer.
#[track_caller]
fn ask(node: &str, request: Value) -> Value {
    let payload = json!([request]).to_string();
    let outcome = runtime().execute_blocking(node, &payload, &Context::new());
    result(&outcome.unwrap())[0].take()
}

/// Lets a fresh node GET the upstream's root within a second.
#[track_caller]
fn fetched(upstream: &Upstream, limits: &[(&str, &str)]) -> Value {
    let mut within = vec![("request-timeout", "1s")];
    within.extend(limits);
    let node = load(node(upstream, &within));
    let start = Instant::now();
    let answer = ask(&node, get(upstream, "/"));
    let took = start.elapsed();
    assert!(took < Duration::from_secs(1) + LATE, "{took:?}");
    answer
}

fn get(upstream: &Upstream, path: &str) -> Value {
    json!({"method": "GET", "url": upstream.origin() + path})
}

/// What a node is told when there is no answer; the request may have arrived.
fn lost(error: &str) -> Value {
    json!({"error": error, "may_have_arrived": true})
}

/// What a transport says. The details of what is not HTTP are a library's, and
/// here they are ureq's.
fn said(error: &str) -> String {
    const NOT_HTTP: &str = "the answer is not proper HTTP";
    match error.split_once(NOT_HTTP) {
        Some((before, _)) if is_over_hyper() => format!("{before}{NOT_HTTP}"),
        _ => error.to_owned(),
    }
}

/// Writes the same bytes for ever, or until nobody reads them any more.
fn pour(stream: &mut impl Write, bytes: &[u8]) -> bool {
    while stream.write_all(bytes).is_ok() {}
    false
}
