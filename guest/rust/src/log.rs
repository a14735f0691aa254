//! Log records, kept with the execution's outcome.
//!
//! ```
//! use hospes_guest::log;
//!
//! log::info("starting");
//! log::warn_with("slow upstream", &[("host", "a.example"), ("millis", "1800")]);
//! ```
//!
//! The host bounds the number and the size of an execution's records, escapes
//! control characters, and blanks secrets. What a node prints to stdout and
//! stderr becomes log records, too.

pub use crate::message::Level;

/// Writes a record of any level.
pub fn log(level: Level, message: &str, fields: &[(&str, &str)]) {
    crate::host::log(level, message, fields);
}

/// Writes a record with every detail, for debugging.
pub fn trace(message: &str) {
    log(Level::Trace, message, &[]);
}

/// Writes a record for the node's author.
pub fn debug(message: &str) {
    log(Level::Debug, message, &[]);
}

/// Writes a record for the operator: normal operation.
pub fn info(message: &str) {
    log(Level::Info, message, &[]);
}

/// Writes a record for the operator: something to look at.
pub fn warn(message: &str) {
    log(Level::Warn, message, &[]);
}

/// Writes a record for the operator: something is broken.
pub fn error(message: &str) {
    log(Level::Error, message, &[]);
}

/// As [`trace()`], with fields.
pub fn trace_with(message: &str, fields: &[(&str, &str)]) {
    log(Level::Trace, message, fields);
}

/// As [`debug`], with fields.
pub fn debug_with(message: &str, fields: &[(&str, &str)]) {
    log(Level::Debug, message, fields);
}

/// As [`info`], with fields.
pub fn info_with(message: &str, fields: &[(&str, &str)]) {
    log(Level::Info, message, fields);
}

/// As [`warn`], with fields.
pub fn warn_with(message: &str, fields: &[(&str, &str)]) {
    log(Level::Warn, message, fields);
}

/// As [`error`], with fields.
pub fn error_with(message: &str, fields: &[(&str, &str)]) {
    log(Level::Error, message, fields);
}
