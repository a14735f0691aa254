//! What the tests share.

use std::cell::Cell;
use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};

use hospes::egress::{HyperTransport, UreqTransport};
use hospes::{Context, Fault, Json, Limits, NodeConfig, Outcome, Runtime, RuntimeBuilder};
use serde_json::Value;

/// One runtime for all tests that need nothing special of it: each of them is
/// a neighbour of all others.
pub(crate) static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| {
    Runtime::builder()
        .compile_cache(compiled())
        .build()
        .unwrap()
});

/// Where compiled components are kept from one run of the tests to the next.
pub(crate) fn compiled() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("compiled")
}

/// One for each transport, for [`over_each_transport`].
static UREQ: LazyLock<Runtime> = LazyLock::new(|| builder_over(false).build().unwrap());
static HYPER: LazyLock<Runtime> = LazyLock::new(|| builder_over(true).build().unwrap());

thread_local! {
    static IS_HYPER: Cell<Option<bool>> = const { Cell::new(None) };
}

/// The runtime that [`load`] loads into on this thread.
pub(crate) fn runtime() -> &'static Runtime {
    match IS_HYPER.get() {
        Some(true) => &HYPER,
        Some(false) => &UREQ,
        None => &RUNTIME,
    }
}

/// What makes runtimes over one of the transports.
pub(crate) fn builder_over(is_hyper: bool) -> RuntimeBuilder {
    let builder = Runtime::builder().compile_cache(compiled());
    match is_hyper {
        true => builder.transport(|limits| Arc::new(HyperTransport::new(limits))),
        false => builder.transport(|limits| Arc::new(UreqTransport::new(limits))),
    }
}

/// Whether this thread runs a test over hyper.
pub(crate) fn is_over_hyper() -> bool {
    IS_HYPER.get() == Some(true)
}

/// Runs a test over each transport.
pub(crate) fn over_each_transport(test: impl Fn()) {
    for is_hyper in [false, true] {
        println!("over hyper: {is_hyper}");
        IS_HYPER.set(Some(is_hyper));
        test();
    }
    IS_HYPER.set(None);
}

/// Loads a guest under a name of its own.
#[track_caller]
pub(crate) fn load(config: NodeConfig) -> String {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let name = format!("node-{}", NEXT.fetch_add(1, Ordering::Relaxed));
    runtime().load(&name, config).unwrap();
    name
}

/// Loads a guest and runs it once.
#[track_caller]
pub(crate) fn run(config: NodeConfig, payload: &str) -> Outcome {
    let node = load(config);
    runtime()
        .execute_blocking(&node, payload, &Context::new())
        .unwrap()
}

/// A guest with nothing granted to it, and these limits.
pub(crate) fn guest(path: &str, limits: &[(&str, &str)]) -> NodeConfig {
    NodeConfig::from_file(path).limits(limits_of(limits))
}

pub(crate) fn limits_of(pairs: &[(&str, &str)]) -> Limits {
    let mut limits = Limits::default();
    for (name, value) in pairs {
        limits.set(name, value).unwrap();
    }
    limits
}

/// The result of an execution that succeeded.
#[track_caller]
pub(crate) fn result(outcome: &Outcome) -> Value {
    match outcome.result() {
        Some(result) => result.to().unwrap(),
        None => panic!("{:?}", outcome.answer),
    }
}

/// The fault of an execution that broke.
#[track_caller]
pub(crate) fn fault(outcome: Outcome) -> Fault {
    match outcome.answer {
        Err(fault) => fault,
        Ok(answer) => panic!("{answer:?}"),
    }
}

pub(crate) fn json(value: &Value) -> Json {
    Json::from_value(value).unwrap()
}

/// Threads, descriptors and memory are those of the whole process: runs a test
/// again in a process of its own, where there is no other. `true` in there.
pub(crate) fn alone(test: &str) -> bool {
    const ALONE: &str = "HOSPES_TEST_ALONE";
    if env::var_os(ALONE).is_some() {
        return true;
    }
    let output = Command::new(env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture"])
        .env(ALONE, "1")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    assert!(said.contains("1 passed"), "{said}");
    false
}
