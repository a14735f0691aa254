//! The server over a real socket.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "the helpers of tests may fail a test"
)]

mod client;
mod honest;
mod record;
mod scripted;
