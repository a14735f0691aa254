//! What the fuzz targets do, one module each: a function that takes any bytes
//! and panics if a promise is broken. cargo-fuzz calls it with bytes of its
//! own making (`fuzz/fuzz_targets`), a plain test with the seeds
//! (`fuzz/seeds`). `docs/fuzzing.md` says how to run them.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a target's panic is its finding"
)]

mod boundary;
mod component;
mod headers;
mod oracle;
mod rule;
mod solution;

pub use boundary::boundary;
pub use component::component;
pub use headers::headers;
pub use rule::rule;
pub use solution::solution;

/// The arithmetic of budgets and limits, which only the runtime itself sees.
#[cfg(fuzzing)]
pub use hospes::fuzz::budget;

/// Fails if a text could do something to a terminal that shows it.
fn shows_plainly(text: &str) {
    let plain = |c: char| c == '\n' || !c.is_control();
    assert!(text.chars().all(plain), "control characters in {text:?}");
}
