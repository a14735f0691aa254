//! Which thread does what: guests that compute and upstreams that are stuck hold
//! nobody else up.

use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::Duration;

use hospes::{Context, ExecuteError, Fault, NodeConfig, Policy};
use hospes_artifacts as guests;
use serde_json::json;
use tokio::net::UdpSocket;
use tokio::runtime::{Builder, Runtime};

use crate::support::{RUNTIME, fault, guest, load, result};
use crate::upstream::Upstream;

/// Far more than anything here takes.
const LONG: Duration = Duration::from_secs(60);

fn one_thread() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

fn loops() -> String {
    load(guest(
        guests::ENDLESS_LOOP,
        &[("deadline", "30s"), ("cpu", "10m"), ("concurrency", "100")],
    ))
}

#[test]
fn a_guest_computes_on_its_callers_thread_for_a_slice_and_then_on_its_own() {
    let here = thread::current().name().unwrap().to_owned();
    // A busy machine can use up the slice before the guest says its first word,
    // so several nodes that never ran before get the chance.
    let node = (0..50).map(|_| floods()).find(|node| {
        let threads = threads_of(node);
        assert_eq!(threads.last().map(String::as_str), Some("hospes-guest"));
        threads[0] == here
    });
    // A node that computed for long before begins there at once.
    let threads = threads_of(&node.expect("none began on its caller's thread"));
    assert_eq!(threads[0], "hospes-guest");
}

/// A node that logs until its CPU time is used up.
fn floods() -> String {
    load(guest(
        guests::LOG_FLOOD,
        &[
            ("cpu", "300ms"),
            ("deadline", "60s"),
            ("log-records", "100000"),
            ("log-bytes", "64MiB"),
        ],
    ))
}

/// The threads on which an execution of this node logged, in order.
fn threads_of(node: &str) -> Vec<String> {
    let threads = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&threads);
    let context = Context::new().on_log(move |_| {
        let name = thread::current().name().unwrap_or("").to_owned();
        heard.lock().unwrap().push(name);
    });
    let outcome = one_thread().block_on(RUNTIME.execute(node, "null", &context));
    assert!(matches!(fault(outcome.unwrap()), Fault::Cpu { .. }));
    std::mem::take(&mut threads.lock().unwrap())
}

#[test]
fn guests_that_loop_on_every_thread_leave_the_callers_sockets_and_timers_alone() {
    let (looping, sleeping) = (
        loops(),
        load(guest(guests::ENDLESS_SLEEP, &[("deadline", "50ms")])),
    );
    one_thread().block_on(async {
        let execute = |node: &str| {
            let node = node.to_owned();
            tokio::spawn(async move { RUNTIME.execute(&node, "null", &Context::new()).await })
        };
        let looping: Vec<_> = (0..8).map(|_| execute(&looping)).collect();
        let waits = execute(&sleeping);
        let (near, far) = (
            UdpSocket::bind("127.0.0.1:0"),
            UdpSocket::bind("127.0.0.1:0"),
        );
        let (near, far) = (near.await.unwrap(), far.await.unwrap());
        near.connect(far.local_addr().unwrap()).await.unwrap();
        far.connect(near.local_addr().unwrap()).await.unwrap();
        let echo = tokio::spawn(async move {
            let mut byte = [0];
            while far.recv(&mut byte).await.is_ok() {
                far.send(&byte).await.unwrap();
            }
        });
        for n in 0..50 {
            near.send(&[n]).await.unwrap();
            let mut byte = [0];
            near.recv(&mut byte).await.unwrap();
            assert_eq!(byte, [n]);
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        assert!(matches!(
            fault(waits.await.unwrap().unwrap()),
            Fault::Deadline { .. }
        ));
        assert!(
            looping.iter().all(|looping| !looping.is_finished()),
            "it took them 30 s"
        );
        echo.abort();
    });
}

#[test]
fn a_computing_execution_that_is_dropped_gives_its_place_back() {
    let node = load(guest(
        guests::ENDLESS_LOOP,
        &[
            ("deadline", "60s"),
            ("cpu", "10m"),
            ("concurrency", "1"),
            ("queue", "1"),
        ],
    ));
    one_thread().block_on(async {
        for _ in 0..5 {
            let context = Context::new();
            let execution = RUNTIME.execute(&node, "null", &context);
            let cancelled = tokio::time::timeout(Duration::from_millis(50), execution).await;
            assert!(cancelled.is_err(), "it found no place: {cancelled:?}");
        }
        let is_it = |status: &hospes::swap::NodeStatus| *status.node == node;
        let running = || RUNTIME.nodes().into_iter().find(is_it).unwrap().running;
        while running() > 0 {
            tokio::task::yield_now().await;
        }
    });
}

#[test]
fn execute_blocking_works_on_every_thread_that_may_block_and_on_no_other() {
    let short = load(guest(guests::HELLO, &[]));
    let long = load(guest(
        guests::ENDLESS_LOOP,
        &[("cpu", "50ms"), ("deadline", "60s")],
    ));
    let several = Builder::new_multi_thread().enable_all().build().unwrap();
    for tokio in [one_thread(), several] {
        for _ in 0..2 {
            let (short, long) = (short.clone(), long.clone());
            let blocking = tokio.spawn_blocking(move || {
                let execute = |node: &str| RUNTIME.execute_blocking(node, "{}", &Context::new());
                (execute(&short).unwrap(), execute(&long).unwrap())
            });
            let (short, long) = tokio.block_on(blocking).unwrap();
            assert_eq!(result(&short), json!({"greeting": "Hello, world."}));
            assert!(matches!(fault(long), Fault::Cpu { .. }));
        }
        let node = short.clone();
        let task = tokio.spawn(async move {
            RUNTIME
                .execute_blocking(&node, "{}", &Context::new())
                .map(|_| ())
        });
        let refused = tokio.block_on(task).unwrap().unwrap_err();
        assert!(matches!(refused, ExecuteError::WithinAsync), "{refused}");
    }
}

#[test]
fn upstreams_that_are_stuck_take_none_of_the_callers_blocking_threads() {
    let (arrived, has_arrived) = mpsc::channel();
    let upstream = Upstream::new(move |_, _| {
        arrived.send(()).unwrap();
        thread::park_timeout(LONG);
        false
    });
    let limits = [("deadline", "60s"), ("request-timeout", "60s")];
    let config = guest(guests::FETCH, &limits).policy(Policy::parse([upstream.origin()]).unwrap());
    let node = load(config);
    let payload = json!([{"method": "GET", "url": upstream.origin()}]).to_string();
    let tokio = Builder::new_multi_thread()
        .worker_threads(1)
        .max_blocking_threads(1)
        .enable_all()
        .build()
        .unwrap();
    let stuck = tokio.spawn(async move {
        RUNTIME
            .execute(&node, &payload, &Context::new())
            .await
            .map(|_| ())
    });
    has_arrived.recv_timeout(LONG).unwrap();
    let loading = tokio.spawn_blocking(|| load(NodeConfig::from_file(guests::HELLO)));
    tokio.block_on(loading).unwrap();
    assert!(!stuck.is_finished(), "the load waited for the upstream");
    stuck.abort();
}
