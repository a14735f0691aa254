//! Nodes on the standard interface, `wasi:http` 0.2 and 0.3: they pass the same
//! gate as those on `hospes:node/http`.
//!
//! Nearly every test runs two guests that do the same, one for each version.

pub(crate) mod bodies;
mod credential;
pub(crate) mod held;
mod javascript;
pub(crate) mod requests;
mod roads;

use std::sync::{Arc, LazyLock, Mutex};

use hospes::egress::{EgressEvent, Verdict};
use hospes::{Context, NodeConfig, Observer, Outcome, Policy, Runtime};
use hospes_artifacts as guests;
use serde_json::{Value, json};

use crate::support::{builder_over, guest, is_over_hyper, over_each_transport, result};
use crate::upstream::Upstream;

const OK: &str = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

/// The guests that send what the payload says.
const FETCH: [&str; 2] = [guests::STANDARD_FETCH, guests::STANDARD_FETCH_ASYNC];

/// Remembers every record.
#[derive(Default)]
struct Records(Mutex<Vec<EgressEvent>>);

impl Observer for Records {
    fn egress(&self, event: &EgressEvent) {
        self.0.lock().unwrap().push(event.clone());
    }
}

static RECORDS: LazyLock<Arc<Records>> = LazyLock::new(Arc::default);

static UREQ: LazyLock<Runtime> = LazyLock::new(|| observed(false));
static HYPER: LazyLock<Runtime> = LazyLock::new(|| observed(true));

fn observed(is_hyper: bool) -> Runtime {
    let builder = builder_over(is_hyper).observer(RECORDS.clone());
    builder.build().unwrap()
}

/// The runtime over the transport that is tested on this thread.
fn runtime() -> &'static Runtime {
    if is_over_hyper() { &HYPER } else { &UREQ }
}

/// Runs a test over each transport with the guest of each version.
fn each(test: impl Fn(&'static str)) {
    over_each_transport(|| FETCH.into_iter().for_each(&test));
}

/// The records of an execution: all of them are there when it has ended.
fn records(outcome: &Outcome) -> Vec<EgressEvent> {
    let records = RECORDS.0.lock().unwrap();
    let of_it = |event: &&EgressEvent| event.execution_id == outcome.execution_id;
    records.iter().filter(of_it).cloned().collect()
}

/// A word for what a record says came of a request.
fn verdict(event: &EgressEvent) -> &'static str {
    match &event.verdict {
        Verdict::Answered => "answered",
        Verdict::Failed(case) => case.as_str(),
        Verdict::Denied(denial) => denial.reason.as_str(),
        other => panic!("{other:?}"),
    }
}

/// The words for all requests of an execution.
fn verdicts(outcome: &Outcome) -> Vec<&'static str> {
    records(outcome).iter().map(verdict).collect()
}

/// A guest that may send anything to these origins.
fn allowed(path: &str, origins: &[String], limits: &[(&str, &str)]) -> NodeConfig {
    guest(path, limits).policy(Policy::parse(origins).unwrap())
}

/// Loads a node under its component's name and a number, and runs it once.
#[track_caller]
fn run(config: NodeConfig, payload: &Value) -> Outcome {
    let node = load(config);
    let context = Context::new();
    runtime()
        .execute_blocking(&node, &payload.to_string(), &context)
        .unwrap()
}

#[track_caller]
fn load(config: NodeConfig) -> String {
    static NEXT: Mutex<u64> = Mutex::new(0);
    let name = {
        let mut next = NEXT.lock().unwrap();
        *next += 1;
        format!("standard-{next}")
    };
    runtime().load(&name, config).unwrap();
    name
}

/// The answer to one request, and how the execution ended.
#[track_caller]
fn sent(config: NodeConfig, request: &Value) -> (Value, Outcome) {
    let outcome = run(config, &json!([request]));
    (result(&outcome)[0].take(), outcome)
}

fn get(url: String) -> Value {
    json!({"method": "GET", "url": url})
}

/// What a guest says when it gets this code.
fn code(name: &str) -> Value {
    json!({"error": format!("ErrorCode::{name}")})
}

/// An upstream that takes requests and never answers.
fn silent() -> Upstream {
    Upstream::new(|_, _| {
        std::thread::park_timeout(std::time::Duration::from_secs(60));
        false
    })
}
