//! What the host itself takes for a guest, counted by the allocator. In a binary
//! of its own: the peak is that of the whole process.

#![allow(
    clippy::panic,
    clippy::unwrap_used,
    reason = "the helpers of tests may fail a test"
)]

use std::future::pending;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use hospes::egress::{Body, BoxFuture, Dial, Transport, TransportError, http};
use hospes::{Context, Limits, NodeConfig, Policy, Runtime};
use hospes_artifacts as guests;
use hospes_tests::{guest_by_hand, guests_by_hand};
use peak_alloc::PeakAlloc;

#[global_allocator]
static HEAP: PeakAlloc = PeakAlloc;

const MIB: u64 = 1 << 20;

/// Guests in Rust that try to make the host keep something for them.
const IN_RUST: &[(&str, &str)] = &[
    (guests::DESCRIBE_FLOODS, "null"),
    (guests::HUGE_BODY, r#""https://api.example.com/""#),
    (guests::HUGE_FAILURE, "null"),
    (guests::HUGE_HEADER, r#""https://api.example.com/""#),
    (guests::HUGE_LOG_RECORD, "null"),
    (guests::HUGE_RESULT, "null"),
    (guests::LOG_FLOOD, "null"),
    (guests::MEMORY_BOMB, "null"),
    (guests::OPEN_TASKS, "null"),
    (guests::OUTPUT_FLOOD, "null"),
    (guests::OUTPUT_FLOOD_ASYNC, "null"),
    (guests::REQUEST_AVALANCHE, r#""https://api.example.com/""#),
    (guests::REQUEST_FLOOD, r#""https://api.example.com/""#),
    (guests::SEND_STORM, r#""https://api.example.com/""#),
    (guests::STANDARD_BAD_BODY, r#""https://api.example.com/""#),
    (
        guests::STANDARD_BAD_BODY_ASYNC,
        r#""https://api.example.com/""#,
    ),
    (guests::STANDARD_HANDLES, r#""fields""#),
    (guests::STANDARD_HANDLES, r#""bodies""#),
    (guests::STANDARD_HANDLES_ASYNC, r#""fields""#),
    (guests::STANDARD_HANDLES_ASYNC, r#""copies""#),
    (guests::STANDARD_HANDLES_ASYNC, r#""options""#),
    (guests::STANDARD_HANDLES_ASYNC, r#""requests""#),
    (guests::STANDARD_HANDLES_ASYNC, r#""bodies""#),
    (guests::STANDARD_HANDLES_ASYNC, r#""responses""#),
    (guests::STANDARD_HANDLES_ASYNC, r#""trailers""#),
    (guests::STANDARD_HANDLES_ASYNC, r#""consumed""#),
    (guests::STANDARD_HANDLES_ASYNC, r#""outputs""#),
    (guests::THOUSAND_HEADERS, r#""https://api.example.com/""#),
];

/// Where a guest comes from.
#[derive(Debug)]
enum Guest {
    ByHand(String),
    InRust(&'static str),
}

impl Guest {
    fn config(&self) -> NodeConfig {
        match self {
            Guest::ByHand(name) => NodeConfig::from_bytes(guest_by_hand(name).unwrap()),
            Guest::InRust(path) => NodeConfig::from_file(path),
        }
    }
}

/// What one call of the host may bring along, in bytes.
fn one_call(limits: &Limits) -> u64 {
    let largest = limits
        .result
        .max(limits.egress.request_body)
        .max(limits.log_record);
    largest + MIB + limits.egress.request_header_bytes
}

/// The most that the host may take for one execution, as its limits say: what
/// one call brings along, as it comes and converted; what is kept of log and
/// output; bodies; headers and unsent bodies behind handles; payload and result.
/// And a little for everything else.
fn bound(limits: &Limits) -> u64 {
    let handle =
        16 * 1024 + limits.egress.request_header_bytes + 128 * (limits.egress.request_headers + 2);
    2 * one_call(limits)
        + 2 * (limits.log_bytes + limits.output)
        + limits.egress.http_bytes
        + limits.handles * handle
        + limits.payload
        + limits.result
        + MIB
}

/// Resolves every name, and never answers: what is sent stays where it is.
struct Silent;

impl Transport for Silent {
    fn resolve<'a>(
        &'a self,
        _host: &'a str,
        _timeout: Duration,
    ) -> BoxFuture<'a, Result<Vec<IpAddr>, TransportError>> {
        Box::pin(async { Ok(vec![IpAddr::from([93, 184, 216, 34])]) })
    }

    fn send(
        &self,
        request: http::Request<Body>,
        _dial: Dial,
    ) -> BoxFuture<'_, Result<http::Response<Body>, TransportError>> {
        Box::pin(async move {
            let _kept = request;
            pending().await
        })
    }
}

#[test]
fn no_guest_makes_the_host_take_more_than_its_limits_say() {
    let compiled = tempfile::tempdir().unwrap();
    let runtime = Runtime::builder()
        .executions(2)
        .compile_cache(compiled.path())
        .transport(|_| Arc::new(Silent))
        .build()
        .unwrap();
    let mut limits = Limits::default();
    limits.set("deadline", "300ms").unwrap();
    let by_hand = guests_by_hand().unwrap().into_iter();
    let by_hand = by_hand.map(|name| (Guest::ByHand(name), "null"));
    let in_rust = IN_RUST.iter();
    let in_rust = in_rust.map(|(path, payload)| (Guest::InRust(path), *payload));
    let mut too_much = Vec::new();
    for (guest, payload) in by_hand.chain(in_rust) {
        let config = || {
            let policy = Policy::parse(["https://api.example.com"]).unwrap();
            guest.config().limits(limits.clone()).policy(policy)
        };
        // Compiling takes its own memory: the second time there is no need to.
        _ = runtime.load("guest", config());
        let config = config();
        let before = HEAP.current_usage();
        HEAP.reset_peak_usage();
        if runtime.load("guest", config).is_err() {
            continue;
        }
        let outcome = runtime.execute_blocking("guest", payload, &Context::new());
        let taken = (HEAP.peak_usage().saturating_sub(before)) as u64;
        let document = serde_json::to_vec(&outcome.unwrap()).unwrap().len() as u64;
        println!("{taken:>12} {document:>10} {guest:?}");
        let bound = bound(&limits);
        if taken > bound || document > limits.outcome_bytes() {
            too_much.push(format!(
                "{guest:?}: {taken} of {bound} bytes taken, a document of {document} bytes"
            ));
        }
    }
    assert!(too_much.is_empty(), "{too_much:#?}");
}
