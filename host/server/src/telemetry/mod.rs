//! What the server tells of itself: lines on standard error, and spans to a
//! collector if there is one.

mod collector;
pub(crate) mod log;
pub(crate) mod span;

pub(crate) use log::Telemetry;
