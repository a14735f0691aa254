//! The floors inside crates: a module uses only what lies below it.

use std::path::{Path, PathBuf};

use super::crates::members;
use super::imports::{Module, circles, imports};

/// A crate and its modules, from the ground up. Those of one row do not know
/// each other.
type Floors = (&'static str, &'static [&'static [&'static str]]);

const CRATES: &[Floors] = &[
    (
        "host/egress",
        &[
            &[
                "automaton",
                "digest",
                "echoes",
                "escapes",
                "limits",
                "lock",
                "nearest",
                "own_addresses",
                "pool",
                "rfc3339",
                "secret",
                "semaphore",
                "trace_context",
                "unit",
            ],
            &["policy", "shares"],
            &["attached_header", "event", "room"],
            &["observer", "secrets"],
            &["encodings"],
            &["search"],
            &["scrub"],
            &["transport"],
            &["body", "lookup", "roots", "timeout"],
            &["hyper_transport", "ureq_transport"],
            &["request", "send_error"],
            &["headers", "origins", "outgoing", "response"],
            &["record", "shadow"],
            &["budget"],
            &["admission", "fuzz"],
            &["gate"],
        ],
    ),
    (
        "host/runtime",
        &[
            &[
                "block_on",
                "bindings",
                "cpu",
                "description",
                "files",
                "json",
                "limits",
                "protection",
                "schema",
                "signature",
                "text",
            ],
            &["golden", "outcome", "swap"],
            &["recording"],
            &["context", "observer", "retry"],
            &["capability"],
            &["engine"],
            &["revision"],
            &["execution", "inspection"],
            &["node"],
            &["runtime"],
        ],
    ),
    (
        "host/deploy",
        &[&["store", "text", "watch"], &["error"], &["deployer"]],
    ),
    (
        "host/server",
        &[
            &[
                "audit",
                "canary",
                "client",
                "error",
                "invalid_file",
                "machine",
                "number",
                "outcome",
                "protect",
                "route_pattern",
                "setup",
                "signal",
                "transport",
                "upkeep",
            ],
            &["admission", "documents", "options", "pool"],
            &[
                "auth",
                "extract",
                "listen",
                "metrics",
                "openapi",
                "store",
                "telemetry",
            ],
            &["executor", "middleware", "observer"],
            &["sessions"],
            &["state"],
            &["routes", "watch"],
            &["router"],
            &["mount", "serve"],
        ],
    ),
    (
        "host/mock-braze",
        &[
            &["input_array", "quota", "script"],
            &["accepted", "check"],
            &["answer"],
            &["exchange"],
            &["handler"],
            &["server"],
            &["mock_braze"],
            &["builder"],
        ],
    ),
    (
        "guest/rust",
        &[
            &[
                "bindings",
                "context",
                "decode",
                "description",
                "export",
                "failure",
                "future",
            ],
            &["action", "message", "schema"],
            &["boundary", "host"],
            &["component", "http", "log", "testing"],
        ],
    ),
    (
        "guest/nodes/braze-track",
        &[
            &["json", "object", "time"],
            &["chunk", "payload", "wait"],
            &["answer", "params", "validate"],
            &["conversation", "report"],
            &["deliver", "reader"],
            &["describe"],
        ],
    ),
];

fn src(of: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("..")
        .join(of)
        .join("src")
}

#[test]
fn a_module_uses_only_floors_below_it() {
    let mut broken = Vec::new();
    for (name, floors) in CRATES {
        let floor = |module: &Module| {
            let top = module.first().map_or("lib", String::as_str);
            let floor = floors.iter().position(|floor| floor.contains(&top));
            floor
                .unwrap_or_else(|| panic!("`{top}` of {name} stands on no floor: give it one here"))
        };
        for (from, files) in imports(&src(name)) {
            // The root re-exports, and nobody imports from it.
            let Some(top) = from.first() else { continue };
            for file in files.iter().filter(|file| file.first() != Some(top)) {
                if file.is_empty() || floor(file) >= floor(&from) {
                    broken.push(format!(
                        "{name}: {} imports {}",
                        from.join("/"),
                        file.join("/")
                    ));
                }
            }
        }
    }
    assert!(broken.is_empty(), "{broken:#?}");
}

#[test]
fn files_do_not_import_each_other_in_a_circle() {
    for name in members() {
        let found = circles(&imports(&src(&name)));
        assert!(found.is_empty(), "{name}: {found:#?}");
    }
}
