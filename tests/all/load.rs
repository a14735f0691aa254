//! Loading: what is refused, in whole sentences, and that the old revision goes on serving.

use std::sync::atomic::{AtomicBool, Ordering};

use hospes::outcome::FailureKind;
use hospes::retry::RetryPolicy;
use hospes::{Context, NodeConfig, Runtime};
use hospes_artifacts as guests;
use serde_json::json;

use crate::support::{RUNTIME, guest, limits_of, load, result};

#[track_caller]
fn refused(config: NodeConfig) -> String {
    RUNTIME.load("refused", config).unwrap_err().to_string()
}

#[test]
fn what_is_no_node_is_refused_with_one_sentence() {
    let hello = std::fs::read(guests::HELLO).unwrap();
    let core_module = b"\0asm\x01\0\0\0".to_vec();
    let engine = hospes::wasmtime::Engine::default();
    let compiled_code = engine.precompile_component(&hello).unwrap();
    let empty_component = b"\0asm\x0d\0\x01\0".to_vec();
    let mut retry = RetryPolicy::default();
    retry.on = vec![FailureKind::Partial];
    let cases = [
        (
            NodeConfig::from_bytes([]),
            "this is not a component: it is empty",
        ),
        (
            NodeConfig::from_bytes(*b"MZ..."),
            "this is not a component: it is not a WebAssembly file",
        ),
        (
            NodeConfig::from_bytes(core_module),
            "this is not a component: it is a core WebAssembly module; build it for the target wasm32-wasip2",
        ),
        (
            NodeConfig::from_bytes(compiled_code),
            "this is not a component: it is compiled native code, which can't be checked",
        ),
        (
            NodeConfig::from_bytes(empty_component),
            "the component is not a node: it exports neither `hospes:node/action@0.1.0` nor `hospes:node/action-async@0.1.0`",
        ),
        (
            NodeConfig::from_file("/no/such/file.wasm"),
            "can't read /no/such/file.wasm: No such file or directory (os error 2)",
        ),
        (
            guest(guests::HELLO, &[("component", "1KiB")]),
            "the component is larger than 1KiB (limit `component`)",
        ),
        (
            NodeConfig::from_bytes(hello).retry(retry),
            "retry: `partial` can't be repeated: what was done would be done twice",
        ),
        (
            {
                let mut limits = limits_of(&[]);
                limits.concurrency = 0;
                NodeConfig::from_file(guests::HELLO).limits(limits)
            },
            "limit `concurrency`: 0 is not between 1 and 10000",
        ),
        (
            NodeConfig::from_file(guests::HELLO).env("sandbox", crate::support::json(&json!([1]))),
            "the params are not a JSON object",
        ),
    ];
    for (config, message) in cases {
        assert_eq!(refused(config), message);
    }
}

#[test]
fn a_component_cut_off_anywhere_is_refused() {
    let hello = std::fs::read(guests::HELLO).unwrap();
    for end in (0..hello.len()).step_by(hello.len() / 40) {
        refused(NodeConfig::from_bytes(&hello[..end]));
    }
}

#[test]
fn a_load_gives_up_on_the_compiler_in_time() {
    // A runtime of its own: what it leaves behind is nobody else's.
    let runtime = Runtime::builder().executions(1).build().unwrap();
    let load = |limit: &str| {
        let config = guest(guests::HELLO, &[("compile", limit)]);
        runtime.load("hello", config).map(|_| ())
    };
    assert_eq!(
        load("1ms").unwrap_err().to_string(),
        "the component takes longer than 1ms to compile (limit `compile`)"
    );
    load("10m").unwrap();
}

#[test]
fn few_components_are_compiled_at_once_and_what_nobody_waits_for_counts() {
    let runtime = Runtime::builder().executions(1).build().unwrap();
    let component = hospes_tests::large_component(1 << 20).unwrap();
    let load = |limit: &str| {
        let config =
            NodeConfig::from_bytes(component.clone()).limits(limits_of(&[("compile", limit)]));
        let loaded = runtime.load("large", config).map(|_| ());
        loaded.map_err(|error| error.to_string())
    };
    let busy = Err("the compiler is busy with 4 other components: try again later".to_owned());
    // Reading it takes much less of the processors than compiling it, so sooner
    // or later as many have been left behind as may be.
    let full = AtomicBool::new(false);
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for _ in 0..200 {
                    if load("1ms") == busy || full.load(Ordering::Relaxed) {
                        full.store(true, Ordering::Relaxed);
                        return;
                    }
                }
            });
        }
    });
    assert!(full.load(Ordering::Relaxed));
    // They end, and then there is room again.
    while load("10m") == busy {
        std::thread::yield_now();
    }
}

#[test]
fn only_the_component_with_the_required_digest_is_loaded() {
    let digest = RUNTIME
        .inspect(&NodeConfig::from_file(guests::HELLO))
        .unwrap()
        .digest;
    load(NodeConfig::from_file(guests::HELLO).digest(&digest));
    let message = refused(NodeConfig::from_file(guests::HELLO).digest("sha256:00"));
    assert_eq!(
        message,
        format!("the component's digest is {digest}, and sha256:00 is required")
    );
}

#[test]
fn a_refused_component_leaves_the_old_one_serving() {
    let node = load(NodeConfig::from_file(guests::HELLO));
    let before = RUNTIME
        .execute_blocking(&node, "{}", &Context::new())
        .unwrap();
    RUNTIME
        .load(&node, NodeConfig::from_file(guests::UNKNOWN_IMPORT))
        .unwrap_err();
    let after = RUNTIME
        .execute_blocking(&node, "{}", &Context::new())
        .unwrap();
    assert_eq!(before.revision, after.revision);
    RUNTIME
        .load(&node, NodeConfig::from_file(guests::COUNTER))
        .unwrap();
    let swapped = RUNTIME
        .execute_blocking(&node, "{}", &Context::new())
        .unwrap();
    assert_eq!(result(&swapped), json!(1));
    assert!(swapped.revision.generation > after.revision.generation);
}

#[test]
fn a_mistyped_node_name_is_answered_with_the_nearest() {
    load(NodeConfig::from_file(guests::HELLO));
    RUNTIME
        .load("greeter", NodeConfig::from_file(guests::HELLO))
        .unwrap();
    let error = RUNTIME
        .execute_blocking("greetr", "{}", &Context::new())
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "no node is called `greetr`: did you mean `greeter`?"
    );
}

#[test]
fn a_payload_that_is_no_json_is_refused_before_anything_runs() {
    let node = load(NodeConfig::from_file(guests::HELLO));
    let error = RUNTIME
        .execute_blocking(&node, "{nope}", &Context::new())
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "the payload is not valid JSON: key must be a string at line 1 column 2"
    );
}

#[test]
fn a_component_describes_itself_and_shows_its_world() {
    let hello = RUNTIME
        .inspect(&NodeConfig::from_file(guests::HELLO))
        .unwrap();
    assert_eq!((hello.contract, hello.world), ("hospes:node@0.1.0", "node"));
    assert_eq!(hello.description.name, "hello");
    assert!(
        hello
            .exports
            .iter()
            .any(|name| name == "hospes:node/action@0.1.0")
    );
    let fetch = RUNTIME
        .inspect(&NodeConfig::from_file(guests::FETCH_ASYNC))
        .unwrap();
    assert_eq!(fetch.world, "node-async");
    assert!(
        fetch
            .imports
            .iter()
            .any(|name| name == "hospes:node/http-async@0.1.0")
    );
}

#[test]
fn a_limit_out_of_range_is_refused_wherever_a_config_is_taken() {
    let mut limits = limits_of(&[]);
    limits.component = u64::MAX;
    let config = || NodeConfig::from_file(guests::HELLO).limits(limits.clone());
    let message = "limit `component`: 18446744073709551615 is not between 8 and 256MiB";
    assert_eq!(refused(config()), message);
    assert_eq!(RUNTIME.inspect(&config()).unwrap_err().to_string(), message);
}
