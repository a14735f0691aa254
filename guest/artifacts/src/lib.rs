//! The guests of this repository, compiled to components by this package's
//! build script: plain `cargo build`, `cargo run` and `cargo test` need no
//! step before them, and never run a stale guest.
//!
//! Each guest is a constant with the path of its `.wasm` file. The guests that
//! only tests need come with the feature `test-guests`.

include!(concat!(env!("OUT_DIR"), "/guests.rs"));
