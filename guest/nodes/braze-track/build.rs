//! Gives the component enough memory from the start.

/// The stack, and nearly as much again: room for a call with an ordinary payload.
/// A component that has to grow its memory during the call is slower.
const INITIAL_MEMORY: usize = 2 * 1024 * 1024;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if std::env::var("CARGO_CFG_TARGET_FAMILY").is_ok_and(|family| family == "wasm") {
        println!("cargo::rustc-link-arg-bins=--initial-memory={INITIAL_MEMORY}");
    }
}
