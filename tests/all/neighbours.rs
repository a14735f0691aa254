//! What nodes share, and that none of them can take all of it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use hospes::{Context, Fault, NodeConfig, Runtime, RuntimeBuilder};
use hospes_artifacts as guests;

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

#[tokio::test]
async fn a_node_with_higher_limits_takes_the_room_of_several() {
    let runtime = runtime(|builder| builder.executions(4));
    let mut limits = limits_of(&[("deadline", "60m"), ("memories", "16")]);
    limits.concurrency = 4;
    let greedy = NodeConfig::from_file(guests::ENDLESS_SLEEP).limits(limits);
    runtime.load("sleeper-0", greedy).unwrap();
    assert_eq!(asleep(&runtime, 1, 2).await, 1);
}
