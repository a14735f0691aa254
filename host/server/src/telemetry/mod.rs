//! The server's log lines on standard error, and its spans for a collector if
//! there is one.

#[cfg(feature = "otlp")]
mod collector;
#[cfg(feature = "serve")]
#[cfg_attr(not(feature = "otlp"), path = "no_exporter.rs")]
mod exporter;
#[cfg_attr(not(feature = "otlp"), path = "no_join.rs")]
mod join;
#[cfg(feature = "serve")]
pub(crate) mod log;
pub(crate) mod span;

#[cfg(feature = "serve")]
pub(crate) use log::Telemetry;
