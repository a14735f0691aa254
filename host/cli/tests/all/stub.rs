//! `hospes run --stub`: nodes of a host with interfaces of its own.

use hospes_artifacts::{DICE, HELLO};
use serde_json::json;

use crate::dir::Dir;

const MISSING: &str =
    "the component imports what this host does not grant: `acme:extras/dice@0.1.0`";

#[test]
fn a_node_for_another_host_is_refused_with_the_flag_that_would_run_it() {
    Dir::new().hospes(["run", DICE, "--payload", "6"]).run().is(
        3,
        "",
        &format!(
            "error: {DICE}: {MISSING}\nTo run it without them, add: --stub acme:extras/dice@0.1.0\n"
        ),
    );
}

#[test]
fn a_call_of_a_stub_ends_the_execution_and_names_the_function() {
    for stub in ["acme:extras/dice@0.1.0", "acme:extras/dice"] {
        let outcome = Dir::new()
            .hospes(["run", DICE, "--payload", "6", "--json", "--stub", stub])
            .run()
            .code(3)
            .json();
        assert_eq!(
            outcome["failure"],
            json!({
                "kind": "trap",
                "message": "the node called `roll` of `acme:extras/dice@0.1.0`, which is a stub",
                "source": "host",
            })
        );
    }
}

#[test]
fn a_stub_that_nothing_needs_is_wrong_usage() {
    for stub in ["acme:extras/dice@0.1.0", "hospes:node/log", "no name"] {
        Dir::new()
            .hospes(["run", HELLO, "--payload", "{}", "--stub", stub])
            .run()
            .is(
                2,
                "",
                &format!(
                    "error: the component needs no stub for `{stub}`: it does not import that, or this host has it\n"
                ),
            );
    }
}
