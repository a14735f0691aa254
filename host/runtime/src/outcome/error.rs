//! Why a call has no result.

use std::error::Error;
use std::fmt;

use crate::json::JsonError;
use crate::outcome::{Failure, Fault};

/// Why nothing was run.
#[derive(Debug)]
#[non_exhaustive]
pub enum ExecuteError {
    /// There is no node with this name.
    UnknownNode {
        /// The name given.
        name: String,
        /// The loaded node whose name is nearest to it.
        nearest: Option<String>,
    },
    /// The payload is not a JSON document, or nests too deep.
    Payload(JsonError),
    /// Async code called a function that blocks.
    WithinAsync,
    /// The host could not start a thread for it.
    Thread(std::io::Error),
}

impl fmt::Display for ExecuteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ExecuteError::UnknownNode { name, nearest } => {
                write!(f, "no node is called `{name}`")?;
                match nearest {
                    Some(nearest) => write!(f, ": did you mean `{nearest}`?"),
                    None => Ok(()),
                }
            }
            ExecuteError::Payload(error) => write!(f, "the payload is not valid JSON: {error}"),
            ExecuteError::WithinAsync => f.write_str(
                "async code called a function that blocks: use `execute` or `call` instead",
            ),
            ExecuteError::Thread(error) => write!(f, "no thread to run on: {error}"),
        }
    }
}

impl Error for ExecuteError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            ExecuteError::Payload(error) => Some(error),
            ExecuteError::Thread(error) => Some(error),
            ExecuteError::UnknownNode { .. } | ExecuteError::WithinAsync => None,
        }
    }
}

/// Why a call has no result.
#[derive(Debug)]
#[non_exhaustive]
pub enum CallError {
    /// The node failed; holds its reason.
    Failure(Failure),
    /// The node broke, or the host stopped it.
    Fault(Fault),
    /// Nothing was run.
    Execute(ExecuteError),
    /// The payload can't be serialized to JSON, or the result does not fit the
    /// requested type.
    Json(JsonError),
}

impl fmt::Display for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CallError::Failure(failure) => failure.fmt(f),
            CallError::Fault(fault) => fault.fmt(f),
            CallError::Execute(error) => error.fmt(f),
            CallError::Json(error) => error.fmt(f),
        }
    }
}

impl Error for CallError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            CallError::Execute(error) => error.source(),
            CallError::Failure(_) | CallError::Fault(_) | CallError::Json(_) => None,
        }
    }
}

impl From<ExecuteError> for CallError {
    fn from(error: ExecuteError) -> CallError {
        CallError::Execute(error)
    }
}

impl From<JsonError> for CallError {
    fn from(error: JsonError) -> CallError {
        CallError::Json(error)
    }
}
