//! How much a log record matters.

use std::fmt;

/// How much a record matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Every detail, for debugging.
    Trace,
    /// For the node's author.
    Debug,
    /// For the operator: normal operation.
    Info,
    /// For the operator: something to look at.
    Warn,
    /// For the operator: something is broken.
    Error,
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Level::Trace => "trace",
            Level::Debug => "debug",
            Level::Info => "info",
            Level::Warn => "warn",
            Level::Error => "error",
        })
    }
}
