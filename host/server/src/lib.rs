//! Action nodes over HTTP.
//!
//! [`serve`] is what `hospes serve` does: it reads a solution file, listens and
//! answers until the process is asked to end.

mod admission;
mod audit;
mod auth;
mod canary;
mod client;
mod documents;
mod error;
mod executor;
mod extract;
mod faults;
mod listen;
mod machine;
mod metrics;
mod middleware;
mod number;
mod observer;
mod openapi;
mod options;
mod outcome;
mod pool;
mod protect;
mod router;
mod routes;
mod serve;
mod sessions;
mod signal;
mod state;
mod store;
mod telemetry;
mod upkeep;
mod watch;

pub use audit::AuditLog;
pub use client::Network;
pub use options::Options;
pub use protect::protect_memory;
pub use serve::{Listening, ServeError, serve};
pub use signal::Signals;
