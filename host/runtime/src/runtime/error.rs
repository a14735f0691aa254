//! Why nothing was run.

use std::fmt;

use crate::json::JsonError;
use crate::swap::UnknownNode;

/// Why nothing was run.
#[derive(Debug)]
#[non_exhaustive]
pub enum ExecuteError {
    /// There is no node of that name.
    UnknownNode {
        /// The name given.
        name: String,
        /// The loaded node whose name looks most like it.
        nearest: Option<String>,
    },
    /// The payload is no JSON document, or nests too deep.
    Payload(JsonError),
    /// `execute_blocking` was called by async code.
    WithinAsync,
    /// The host has no thread for it.
    Thread(std::io::Error),
}

impl fmt::Display for ExecuteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ExecuteError::UnknownNode {
                name,
                nearest: Some(nearest),
            } => write!(f, "no node is called `{name}`: did you mean `{nearest}`?"),
            ExecuteError::UnknownNode {
                name,
                nearest: None,
            } => {
                write!(f, "no node is called `{name}`")
            }
            ExecuteError::Payload(error) => write!(f, "the payload is no valid JSON: {error}"),
            ExecuteError::WithinAsync => {
                f.write_str("`execute_blocking` was called by async code: use `execute`")
            }
            ExecuteError::Thread(error) => write!(f, "no thread to run on: {error}"),
        }
    }
}

impl std::error::Error for ExecuteError {}

impl From<UnknownNode> for ExecuteError {
    fn from(UnknownNode { name, nearest }: UnknownNode) -> ExecuteError {
        ExecuteError::UnknownNode { name, nearest }
    }
}
