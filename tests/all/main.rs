//! One binary with all end-to-end tests, one topic a file.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "the helpers of tests may fail a test"
)]

mod architecture;
mod book;
mod cache;
mod capability;
/// Deploying without a server.
mod deploy;
mod docs;
mod enrich;
mod guests;
mod handle;
mod hostile;
mod http;
mod limits;
mod load;
mod logs;
mod neighbours;
/// What is published.
mod packages;
mod recordings;
mod request_rules;
mod retries;
mod secrets;
mod solution_page;
mod standard;
mod support;
mod swap;
mod threads;
mod traces;
mod upstream;
mod zoo;
