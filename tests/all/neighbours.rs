//! What nodes share, and that none of them can take all of it.

use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::task::{self, Poll};
use std::time::Duration;

use bytes::Bytes;
use hospes::egress::{Body, BoxFuture, Dial, Transport, TransportError, http};
use hospes::engine::BuildError;
use hospes::outcome::Level;
use hospes::{Context, Fault, NodeConfig, Outcome, Policy, Runtime, RuntimeBuilder};
use hospes_artifacts as guests;
use hospes_tests::guest_with;
use http_body::Frame;
use tokio::sync::Semaphore;

use crate::support::{compiled, guest, limits_of, result};

fn runtime(settings: impl FnOnce(RuntimeBuilder) -> RuntimeBuilder) -> Runtime {
    settings(Runtime::builder())
        .compile_cache(compiled())
        .build()
        .unwrap()
}

/// Begins so many executions of each node, which all sleep, and waits until it
/// is clear which of them have a place. Gives back how many have none.
async fn asleep(runtime: &Runtime, nodes: usize, each: usize) -> usize {
    let refused = Arc::new(AtomicUsize::new(0));
    for number in 0..nodes * each {
        let (runtime, refused) = (runtime.clone(), Arc::clone(&refused));
        tokio::spawn(async move {
            let node = format!("sleeper-{}", number % nodes);
            let outcome = runtime.execute(&node, "null", &Context::new()).await;
            let fault = outcome.unwrap().answer.unwrap_err();
            assert!(matches!(fault, Fault::Overloaded { .. }), "{fault}");
            refused.fetch_add(1, Relaxed);
        });
    }
    loop {
        tokio::task::yield_now().await;
        let running: u64 = runtime.nodes().iter().map(|node| node.running).sum();
        let refused = refused.load(Relaxed);
        if running as usize + refused == nodes * each && refused > 0 {
            return refused;
        }
    }
}

#[tokio::test]
async fn nodes_asleep_leave_their_neighbours_and_loads_their_places() {
    let runtime = runtime(|builder| builder.executions(36));
    let sleeps = || guest(guests::ENDLESS_SLEEP, &[("deadline", "60m")]);
    for number in 0..8 {
        runtime
            .load(&format!("sleeper-{number}"), sleeps())
            .unwrap();
    }
    runtime
        .load("neighbour", NodeConfig::from_file(guests::HELLO))
        .unwrap();
    // Two places for each of nine nodes, and eighteen for whoever comes first:
    // the neighbour's two are left.
    assert_eq!(asleep(&runtime, 8, 5).await, 40 - 34);
    let outcome = runtime
        .execute("neighbour", "{}", &Context::new())
        .await
        .unwrap();
    assert_eq!(result(&outcome)["greeting"], "Hello, world.");
    runtime
        .load("another", NodeConfig::from_file(guests::HELLO))
        .unwrap();
    for node in runtime.nodes() {
        assert_eq!(
            (node.faults, node.quarantined_ms),
            (0, None),
            "{}",
            node.node
        );
    }
}

#[test]
fn memory_of_all_nodes_ends_and_is_held_against_none() {
    let runtime = runtime(|builder| builder.memory(24 << 20));
    runtime
        .load("bomb", NodeConfig::from_file(guests::MEMORY_BOMB))
        .unwrap();
    runtime
        .load("neighbour", NodeConfig::from_file(guests::HELLO))
        .unwrap();
    for _ in 0..30 {
        let outcome = runtime
            .execute_blocking("bomb", "null", &Context::new())
            .unwrap();
        let fault = outcome.answer.unwrap_err();
        assert_eq!(fault.kind(), "overloaded");
        assert_eq!(
            fault.to_string(),
            "the 24MiB of memory that the runtime has for all nodes are in use"
        );
        assert!(outcome.usage.memory_peak_bytes <= 24 << 20);
    }
    let outcome = runtime
        .execute_blocking("neighbour", "{}", &Context::new())
        .unwrap();
    assert_eq!(result(&outcome)["greeting"], "Hello, world.");
    for node in runtime.nodes() {
        assert_eq!(
            (node.faults, node.quarantined_ms),
            (0, None),
            "{}",
            node.node
        );
    }
}

const MIB: u64 = 1 << 20;

/// An upstream whose answers take 4 MiB each, and that breaks them off when it
/// is told to.
#[derive(Clone)]
struct Flood {
    held: Arc<AtomicUsize>,
    ends: Arc<Semaphore>,
}

impl Transport for Flood {
    fn resolve<'a>(
        &'a self,
        _host: &'a str,
        _timeout: Duration,
    ) -> BoxFuture<'a, Result<Vec<IpAddr>, TransportError>> {
        Box::pin(async { Ok(vec![IpAddr::from([93, 184, 216, 34])]) })
    }

    fn send(
        &self,
        _request: http::Request<Body>,
        _dial: Dial,
    ) -> BoxFuture<'_, Result<http::Response<Body>, TransportError>> {
        let body = Body::new(Endless {
            transport: self.clone(),
            pieces: 64,
            end: None,
        });
        Box::pin(async { Ok(http::Response::new(body)) })
    }
}

/// The body of such an answer.
struct Endless {
    transport: Flood,
    pieces: u32,
    end: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
}

impl http_body::Body for Endless {
    type Data = Bytes;
    type Error = TransportError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut task::Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, TransportError>>> {
        if self.pieces > 0 {
            self.pieces -= 1;
            let piece = vec![b'x'; 4 * MIB as usize / 64];
            return Poll::Ready(Some(Ok(Frame::data(piece.into()))));
        }
        let flood = self.transport.clone();
        let end = self.end.get_or_insert_with(|| {
            // All pieces were taken.
            flood.held.fetch_add(1, Relaxed);
            Box::pin(async move { drop(flood.ends.acquire().await) })
        });
        let broken = || TransportError::Interrupted("the end".to_owned());
        end.as_mut().poll(context).map(|()| Some(Err(broken())))
    }
}

const FETCH: &str = r#"[{"method": "GET", "url": "https://api.example.com/"}]"#;

fn fetches(limits: &[(&str, &str)]) -> NodeConfig {
    let policy = Policy::parse(["GET https://api.example.com"]).unwrap();
    guest(guests::FETCH, limits).policy(policy)
}

#[track_caller]
fn is_overloaded(outcome: &Outcome, bytes: &str) {
    let fault = outcome.answer.as_ref().unwrap_err();
    assert_eq!(fault.kind(), "overloaded");
    let sentence = format!("the {bytes} of memory that the runtime has for all nodes are in use");
    assert_eq!(fault.to_string(), sentence);
}

#[tokio::test]
async fn answers_on_their_way_end_with_the_memory_of_all_and_a_neighbour_has_its_own() {
    let flood = Flood {
        held: Arc::default(),
        ends: Arc::new(Semaphore::new(0)),
    };
    let transport = Arc::new(flood.clone()) as Arc<dyn Transport>;
    let runtime = runtime(|builder| {
        let builder = builder.memory(24 * MIB);
        builder.transport(move |_| Arc::clone(&transport))
    });
    runtime.load("flooded", fetches(&[])).unwrap();
    let hello = NodeConfig::from_file(guests::HELLO);
    runtime.load("neighbour", hello).unwrap();
    let refused = Arc::new(AtomicUsize::new(0));
    let executions: Vec<_> = (0..16)
        .map(|_| {
            let (runtime, refused) = (runtime.clone(), Arc::clone(&refused));
            tokio::spawn(async move {
                let outcome = runtime.execute("flooded", FETCH, &Context::new()).await;
                let outcome = outcome.unwrap();
                if outcome.answer.is_err() {
                    refused.fetch_add(1, Relaxed);
                }
                outcome
            })
        })
        .collect();
    while flood.held.load(Relaxed) + refused.load(Relaxed) < 16 {
        tokio::task::yield_now().await;
    }
    // 12 MiB are for whoever comes first, and 4 MiB the node's own.
    let held = flood.held.load(Relaxed);
    assert!(held < 4, "{held} answers of 4 MiB");
    let greeting = runtime.execute("neighbour", "{}", &Context::new()).await;
    assert_eq!(result(&greeting.unwrap())["greeting"], "Hello, world.");

    flood.ends.add_permits(16);
    let mut answered = 0;
    for execution in executions {
        let outcome = execution.await.unwrap();
        match outcome.answer.is_ok() {
            true => answered += 1,
            false => is_overloaded(&outcome, "24MiB"),
        }
    }
    assert_eq!(answered, held);
    for node in runtime.nodes() {
        assert_eq!((node.faults, node.quarantined_ms), (0, None));
    }
    // All of it was given back.
    let outcome = runtime.execute("flooded", FETCH, &Context::new()).await;
    let error = &result(&outcome.unwrap())[0]["error"];
    assert_eq!(*error, "Interrupted(\"the end\")");
}

#[test]
fn what_is_handed_over_takes_memory_of_the_host_and_a_small_one_passes() {
    let runtime = runtime(|builder| builder.memory(24 * MIB));
    let hello = guest(guests::HELLO, &[("payload", "64MiB"), ("memory", "1GiB")]);
    runtime.load("hello", hello).unwrap();
    let payload = |bytes: u64| format!(r#"{{"name": "{}"}}"#, "a".repeat(bytes as usize));
    for _ in 0..30 {
        let outcome = runtime.execute_blocking("hello", &payload(8 * MIB), &Context::new());
        let outcome = outcome.unwrap();
        is_overloaded(&outcome, "24MiB");
        assert_eq!(outcome.attempts, 0, "the node was not called");
    }
    let outcome = runtime.execute_blocking("hello", &payload(1000), &Context::new());
    assert!(outcome.unwrap().result().is_some());
    let node = &runtime.nodes()[0];
    assert_eq!((node.faults, node.quarantined_ms), (0, None));
}

#[test]
fn what_stands_behind_handles_takes_memory_of_the_host() {
    for (memory, how) in [(8, "overloaded"), (64, "memory")] {
        let runtime = runtime(|builder| builder.memory(memory * MIB));
        let holds = guest(guests::STANDARD_HANDLES, &[("cpu", "10s")]);
        runtime.load("holds", holds).unwrap();
        let outcome = runtime.execute_blocking("holds", r#""fields""#, &Context::new());
        let fault = outcome.unwrap().answer.unwrap_err();
        assert_eq!(fault.kind(), how, "{fault}");
        let faults = runtime.nodes()[0].faults;
        assert_eq!(
            faults,
            u64::from(how == "memory"),
            "its own limit is its own"
        );
    }
}

#[test]
fn log_records_without_memory_are_left_out_and_counted() {
    let runtime = runtime(|builder| builder.memory(8 * MIB));
    let limits = [
        ("log-records", "100000"),
        ("log-bytes", "64MiB"),
        ("cpu", "10m"),
        ("deadline", "10m"),
    ];
    let flood = guest(guests::LOG_FLOOD, &limits);
    runtime.load("flood", flood).unwrap();
    let logs = |records: u64| {
        let records = records.to_string();
        let outcome = runtime.execute_blocking("flood", &records, &Context::new());
        let outcome = outcome.unwrap();
        assert!(outcome.result().is_some(), "{:?}", outcome.answer);
        outcome.logs
    };
    let before = logs(10_000);
    let bytes: usize = before.iter().map(|record| record.message.len()).sum();
    assert!(bytes < 6 << 20, "{bytes} bytes, and 6 MiB for the node");
    let (last, kept) = before.split_last().unwrap();
    let left_out = 10_000 - kept.len();
    assert!(left_out > 0 && last.level == Level::Warn);
    assert_eq!(
        last.message,
        format!("{left_out} log records left out (the host had no memory for them)")
    );
    // Nothing of it is held when the outcome is the caller's.
    assert_eq!(logs(10_000).len(), before.len());
    assert_eq!(logs(100).len(), 100);
}

#[test]
fn a_host_without_memory_says_so_and_blames_no_component() {
    let runtime = runtime(|builder| builder.memory(64 << 10));
    let error = runtime
        .load("hello", NodeConfig::from_file(guests::HELLO))
        .unwrap_err();
    assert!(error.is_overload());
    assert_eq!(
        error.to_string(),
        "the host can't try the component now: the 64KiB of memory that the runtime has for all \
         nodes are in use: try again later"
    );
}

/// A component that waits for ever, with one memory and what is defined here.
fn sleeper_with(definitions: &str) -> NodeConfig {
    let more = format!("(core module $more {definitions}) (core instance (instantiate $more))");
    let component = guest_with("async_waits_for_nothing", &more).unwrap();
    let limits = limits_of(&[("deadline", "60m"), ("memories", "16"), ("tables", "32")]);
    NodeConfig::from_bytes(component).limits(limits)
}

#[tokio::test]
async fn a_component_takes_the_room_of_its_memories_and_no_more() {
    let cases = [
        // What it has, executions that there is room for, those that run.
        ("", 6, 6),
        ("(memory 0)", 6, 3),
        ("(memory 0) (memory 0)", 6, 2),
        // Eight tables go with each memory.
        ("(table 8 funcref)", 6, 6),
        (&"(table 8 funcref)".repeat(9), 6, 3),
        // More than there is room for: as many as fit, one after the other.
        (&"(memory 0)".repeat(15), 4, 1),
    ];
    for (definitions, room, run) in cases {
        let runtime = runtime(|builder| builder.executions(room));
        let node = runtime.load("sleeper-0", sleeper_with(definitions));
        node.unwrap();
        let refused = asleep(&runtime, 1, run + 1).await;
        assert_eq!(refused, 1, "{definitions}");
    }
}

#[tokio::test]
async fn one_more_memory_than_there_is_room_for_harms_no_neighbour() {
    let runtime = runtime(|builder| builder.executions(8));
    runtime
        .load("sleeper-0", sleeper_with("(memory 0)"))
        .unwrap();
    let neighbour = NodeConfig::from_file(guests::HELLO);
    runtime.load("neighbour", neighbour).unwrap();
    // Two for each node, four for any: three times two memories.
    assert_eq!(asleep(&runtime, 1, 4).await, 1);
    for _ in 0..8 {
        let context = Context::new();
        let outcome = runtime.execute("neighbour", r#"{"name": "Ada"}"#, &context);
        assert!(outcome.await.unwrap().answer.is_ok());
    }
}

#[test]
fn a_runtime_has_room_for_twenty_thousand_executions_or_says_for_how_many() {
    for executions in [1_000_000, u32::MAX] {
        let error = Runtime::builder().executions(executions).build();
        let error = error.unwrap_err();
        let BuildError::Executions { fits, .. } = error else {
            panic!("{error}");
        };
        assert!((20_000..40_000).contains(&fits), "{fits}");
        assert_eq!(
            error.to_string(),
            format!(
                "the process has no room for {executions} executions at once, but for {fits}: each \
                 reserves 4 GiB of address space and two mappings"
            )
        );
    }
    assert!(Runtime::builder().executions(20_000).build().is_ok());
}
