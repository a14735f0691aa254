//! The server's log lines on standard error, and its spans for a collector if
//! there is one.

mod collector;
pub(crate) mod log;
pub(crate) mod span;

pub(crate) use log::Telemetry;
