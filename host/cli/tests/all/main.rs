//! The command line, tested as people and scripts use it: the real binary, in
//! a directory of its own, with an environment of its own.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "the helpers of tests may fail a test"
)]

/// Running the binary.
mod dir;
/// A stand-in for Braze, run by the binary.
mod mock;

/// `hospes new`, `hospes build` and `hospes test`.
mod author;
/// `hospes bench`.
mod bench;
/// Each answer of Braze, and what becomes of it.
mod braze;
/// Compiling in a process of its own.
mod compiler;
/// `hospes completions`.
mod completions;
/// The cases that every SDK has to pass.
mod conformance;
/// `hospes demo`.
mod demo;
/// The page `docs/egress.md`, with its commands.
mod egress_page;
/// What the environment has a say in.
mod environment;
/// `hospes flow` and `hospes check`.
mod flow;
/// The page `docs/flows.md`, with its commands.
mod flows_page;
/// The golden cases of the nodes.
mod golden;
/// Grants from flags and from a solution file, and what is wrong with them.
mod grants;
/// The page `docs/guests.md`, with its nodes and commands.
mod guests_page;
/// `hospes inspect`.
mod inspect;
/// Nodes in JavaScript, with the package in `guest/js`.
mod javascript;
/// `hospes mock braze`.
mod mock_braze;
/// What the package carries with it.
mod package;
/// The page `docs/performance.md`, with its commands.
mod performance_page;
/// `hospes policy explain`, policies on trial, and the audit log.
mod policy;
/// Files with keys and tokens.
mod private;
mod python;
/// The README's commands and its first node.
mod readme;
/// `hospes run --record`, and the page `docs/recordings.md`.
mod record;
/// `--roots`.
mod roots;
/// `hospes run`: payloads, outcomes, exit codes.
mod run;
/// `hospes serve`: nodes over HTTP, replaced while they serve.
mod serve;
/// `hospes key` and `hospes sign`.
mod sign;
/// `hospes run --stub`.
mod stub;
/// The page `docs/swaps.md`, with its commands.
mod swaps_page;
/// `--transport`.
mod transport;
/// Help, wrong usage, closed pipes.
mod usage;
