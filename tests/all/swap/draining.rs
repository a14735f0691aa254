//! Executions on a revision that was replaced.

use std::sync::mpsc;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use hospes::{Context, Fault, NodeConfig, Outcome, Policy, Runtime};
use hospes_artifacts as guests;
use serde_json::json;

use super::House;
use crate::support::{fault, guest, result};
use crate::upstream::Upstream;

/// An upstream that tells when a request has arrived, and answers when it may.
fn slow() -> (Upstream, mpsc::Receiver<()>, mpsc::Sender<()>) {
    let (arrived, has_arrived) = mpsc::channel();
    let (go, may_go) = mpsc::channel();
    let (arrived, may_go) = (Mutex::new(arrived), Mutex::new(may_go));
    let upstream = Upstream::new(move |_, stream| {
        use std::io::Write;
        arrived.lock().unwrap().send(()).unwrap();
        _ = may_go.lock().unwrap().recv();
        stream
            .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")
            .is_ok()
    });
    (upstream, has_arrived, go)
}

fn fetch(upstream: &Upstream) -> NodeConfig {
    guest(guests::FETCH, &[]).policy(Policy::parse([upstream.origin()]).unwrap())
}

fn begin(
    runtime: &Runtime,
    upstream: &Upstream,
    arrived: &mpsc::Receiver<()>,
) -> thread::JoinHandle<Outcome> {
    let runtime = runtime.clone();
    let payload = json!([{"method": "POST", "url": upstream.origin() + "/"}]).to_string();
    let execution = thread::spawn(move || {
        runtime
            .execute_blocking("node", &payload, &Context::new())
            .unwrap()
    });
    arrived.recv().unwrap();
    execution
}

fn drain(runtime: &Runtime, deadline: Duration) -> String {
    let tokio = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .unwrap();
    let report = tokio.block_on(runtime.drain("node", deadline)).unwrap();
    serde_json::to_string(&report).unwrap()
}

#[test]
fn an_execution_ends_on_the_revision_that_it_began_with() {
    let house = House::new();
    let runtime = &house.runtime;
    let (upstream, arrived, go) = slow();
    runtime.load("node", fetch(&upstream)).unwrap();
    let execution = begin(runtime, &upstream, &arrived);
    runtime
        .load("node", NodeConfig::from_file(guests::COUNTER))
        .unwrap();
    assert_eq!(
        house.history("node"),
        [
            "1 loaded: draining, 1 running",
            "2 swapped for generation 1: serving, 0 running"
        ]
    );
    let status = &runtime.nodes()[0];
    assert_eq!((status.running, status.draining[0].running), (0, 1));
    assert_eq!(house.transports(), 2);
    go.send(()).unwrap();
    let outcome = execution.join().unwrap();
    assert_eq!(outcome.revision.generation, 1);
    assert_eq!(result(&outcome)[0]["status"], 200);
    assert_eq!(house.transports(), 1, "the old one is gone with its last");
    assert_eq!(
        drain(runtime, Duration::ZERO),
        r#"{"running":0,"cancelled":0,"stuck":0}"#
    );
}

#[test]
fn a_drain_ends_at_its_deadline_whatever_still_runs() {
    let house = House::new();
    let runtime = &house.runtime;
    let (upstream, arrived, _go) = slow();
    let limits = [("deadline", "60s"), ("cpu", "60s")];
    let loops = || guest(guests::ENDLESS_LOOP, &limits);
    let sleeps = || guest(guests::ENDLESS_SLEEP, &limits);
    runtime.load("node", loops()).unwrap();
    let mut executions = Vec::new();
    for config in [sleeps(), fetch(&upstream)] {
        let runtime = house.runtime.clone();
        let running = thread::spawn(move || {
            runtime
                .execute_blocking("node", "{}", &Context::new())
                .unwrap()
        });
        let start = Instant::now();
        while house.runtime.nodes()[0].running == 0 {
            assert!(start.elapsed() < Duration::from_secs(10));
            thread::yield_now();
        }
        executions.push(running);
        house.runtime.load("node", config).unwrap();
    }
    executions.push(begin(runtime, &upstream, &arrived));
    runtime
        .load("node", NodeConfig::from_file(guests::COUNTER))
        .unwrap();
    let start = Instant::now();
    assert_eq!(
        drain(runtime, Duration::from_millis(50)),
        r#"{"running":3,"cancelled":3,"stuck":0}"#
    );
    assert!(start.elapsed() < Duration::from_secs(2));
    for execution in executions {
        let fault = fault(execution.join().unwrap());
        assert_eq!((fault.kind(), &fault), ("cancelled", &Fault::Cancelled));
        assert_eq!(
            fault.to_string(),
            "the execution's revision was replaced, and its time to end was up"
        );
    }
    assert_eq!(house.transports(), 1);
}

#[test]
fn a_removed_node_can_be_drained() {
    let house = House::new();
    let (upstream, arrived, go) = slow();
    house.runtime.load("node", fetch(&upstream)).unwrap();
    let execution = begin(&house.runtime, &upstream, &arrived);
    let drain = house.runtime.remove("node").unwrap();
    go.send(()).unwrap();
    let tokio = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .unwrap();
    let report = tokio.block_on(drain.within(Duration::from_secs(60)));
    assert_eq!(report.cancelled, 0);
    assert_eq!(result(&execution.join().unwrap())[0]["status"], 200);
}

#[test]
fn two_revisions_share_the_places_of_their_node() {
    let house = House::new();
    let runtime = &house.runtime;
    let (upstream, arrived, go) = slow();
    let one = || {
        fetch(&upstream).limits(crate::support::limits_of(&[
            ("concurrency", "1"),
            ("queue", "0"),
        ]))
    };
    runtime.load("node", one()).unwrap();
    let execution = begin(runtime, &upstream, &arrived);
    runtime.load("node", one()).unwrap();
    let run = || {
        runtime
            .execute_blocking("node", "[]", &Context::new())
            .unwrap()
    };
    assert_eq!(fault(run()).kind(), "overloaded");
    // A revision with more places has them at once.
    runtime.load("node", fetch(&upstream)).unwrap();
    assert_eq!(result(&run()), json!([]));
    go.send(()).unwrap();
    execution.join().unwrap();
}

#[test]
fn two_revisions_share_the_requests_in_flight_of_their_node() {
    let house = House::new();
    let runtime = &house.runtime;
    let (upstream, arrived, go) = slow();
    let one = |more: &[(&str, &str)]| {
        let limits = [&[("node-requests-in-flight", "1")], more].concat();
        fetch(&upstream).limits(crate::support::limits_of(&limits))
    };
    runtime.load("node", one(&[])).unwrap();
    let execution = begin(runtime, &upstream, &arrived);
    runtime
        .load("node", one(&[("request-timeout", "100ms")]))
        .unwrap();
    let payload = json!([{"method": "GET", "url": upstream.origin() + "/"}]).to_string();
    let run = || {
        let outcome = runtime.execute_blocking("node", &payload, &Context::new());
        result(&outcome.unwrap())[0].clone()
    };
    let refused = run();
    let words = "Unreachable(\"there was no place among the requests in flight in time\")";
    assert_eq!(refused["error"], words);
    assert_eq!(upstream.connections(), 1);
    // A revision with more has them at once.
    runtime.load("node", fetch(&upstream)).unwrap();
    go.send(()).unwrap();
    go.send(()).unwrap();
    assert_eq!(run()["status"], 200);
    execution.join().unwrap();
}

#[test]
fn a_blocked_capability_does_not_hold_a_drain_up() {
    let (arrived, has_arrived) = mpsc::channel();
    let (go, may_go) = mpsc::channel::<()>();
    let may_go = Arc::new(Mutex::new(may_go));
    let arrived = Mutex::new(arrived);
    let runtime = Runtime::builder()
        .executions(2)
        .capability("dice", move |linker| {
            let roll =
                move |_: hospes::wasmtime::StoreContextMut<'_, hospes::engine::ExecutionState>,
                      (sides,): (u32,)| {
                    arrived.lock().unwrap().send(()).unwrap();
                    _ = may_go.lock().unwrap().recv();
                    Ok((sides,))
                };
            linker
                .instance("acme:extras/dice@0.1.0")?
                .func_wrap("roll", roll)
        })
        .build()
        .unwrap();
    runtime
        .load(
            "node",
            guest(guests::DICE, &[("cpu", "60s"), ("deadline", "60s")]),
        )
        .unwrap();
    let execution = {
        let runtime = runtime.clone();
        thread::spawn(move || {
            runtime
                .execute_blocking("node", "6", &Context::new())
                .unwrap()
        })
    };
    has_arrived.recv().unwrap();
    runtime
        .load("node", NodeConfig::from_file(guests::COUNTER))
        .unwrap();
    assert_eq!(
        drain(&runtime, Duration::ZERO),
        r#"{"running":1,"cancelled":1,"stuck":1}"#
    );
    drop(go);
    assert_eq!(fault(execution.join().unwrap()), Fault::Cancelled);
}
