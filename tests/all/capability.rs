//! The seam where a host adds a capability of its own, and what happens without it.

use hospes::engine::ExecutionState;
use hospes::wasmtime::StoreContextMut;
use hospes::{Context, Fault, NodeConfig, Runtime};
use hospes_artifacts as guests;
use serde_json::json;

use crate::support::{RUNTIME, guest, result};

#[test]
pub(crate) fn unknown_import() {
    let error = RUNTIME
        .load("thief", NodeConfig::from_file(guests::UNKNOWN_IMPORT))
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "the component imports what this host does not grant: `acme:extras/vault@0.1.0`"
    );
}

#[test]
pub(crate) fn dice() {
    let error = RUNTIME
        .load("player", NodeConfig::from_file(guests::DICE))
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "the component imports what this host does not grant: `acme:extras/dice@0.1.0`"
    );

    let runtime = Runtime::builder()
        .executions(2)
        .capability("dice", |linker| {
            let roll = |store: StoreContextMut<'_, ExecutionState>, (sides,): (u32,)| {
                assert_eq!(store.data().node(), "player");
                Ok((sides / 2,))
            };
            linker
                .instance("acme:extras/dice@0.1.0")?
                .func_wrap("roll", roll)
        })
        .build()
        .unwrap();
    runtime
        .load("player", NodeConfig::from_file(guests::DICE))
        .unwrap();
    let outcome = runtime
        .execute_blocking("player", "20", &Context::new())
        .unwrap();
    assert_eq!(result(&outcome), json!(10));
}

#[test]
fn a_capability_that_panics_ends_its_execution_and_no_other() {
    let runtime = Runtime::builder()
        .executions(2)
        .capability("dice", |linker| {
            let roll = |_: StoreContextMut<'_, ExecutionState>, (sides,): (u32,)| {
                assert_ne!(sides, 13, "the host's own code breaks");
                Ok((sides,))
            };
            linker
                .instance("acme:extras/dice@0.1.0")?
                .func_wrap("roll", roll)
        })
        .build()
        .unwrap();
    runtime
        .load("player", NodeConfig::from_file(guests::DICE))
        .unwrap();
    for _ in 0..5 {
        let outcome = runtime
            .execute_blocking("player", "13", &Context::new())
            .unwrap();
        let fault = outcome.answer.unwrap_err();
        assert!(matches!(fault, Fault::Host { .. }), "{fault:?}");
        assert_eq!(fault.kind(), "host");
        assert_eq!(
            fault.to_string(),
            "the host panicked while it served the node"
        );
        let outcome = runtime
            .execute_blocking("player", "12", &Context::new())
            .unwrap();
        assert_eq!(result(&outcome), json!(12));
    }
    assert_eq!(runtime.nodes()[0].faults, 0, "none was the node's");
}

#[test]
fn time_in_which_the_processor_was_elsewhere_is_not_the_nodes() {
    let runtime = Runtime::builder()
        .executions(2)
        .capability("dice", |linker| {
            let roll = |_: StoreContextMut<'_, ExecutionState>, (sides,): (u32,)| {
                std::thread::sleep(std::time::Duration::from_millis(500));
                Ok((sides,))
            };
            linker
                .instance("acme:extras/dice@0.1.0")?
                .func_wrap("roll", roll)
        })
        .build()
        .unwrap();
    let limits = [("cpu", "250ms"), ("deadline", "60s")];
    runtime
        .load("player", guest(guests::DICE, &limits))
        .unwrap();
    let outcome = runtime
        .execute_blocking("player", "6", &Context::new())
        .unwrap();
    assert_eq!(result(&outcome), json!(6));
}
