//! The outcome of an execution: plain data.

mod document;
mod error;
mod failure;
mod fault;

use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;

pub use error::{CallError, ExecuteError};
pub use failure::{Failure, FailureKind, UnknownFailureKind};
pub use fault::Fault;
pub use hospes_egress::RevisionId;

use crate::json::Json;

/// The outcome of an execution.
///
/// A failure that the node reports is a value ([`Answer::Failure`]); a node
/// that broke or was stopped is a typed error ([`Fault`]). `Serialize` writes
/// the outcome document, the JSON that the command line and servers return.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Outcome {
    /// The node's result or failure, or the fault.
    pub answer: Result<Answer, Fault>,
    /// The node's name in the runtime.
    pub node: Arc<str>,
    /// The revision that ran.
    pub revision: Arc<RevisionId>,
    /// The execution's id, the same for every attempt.
    pub execution_id: Arc<str>,
    /// How often the node was called: 1, or more after retries.
    pub attempts: u32,
    /// What the execution cost, all attempts together.
    pub usage: Usage,
    /// What the node logged, all attempts together, in order.
    pub logs: Vec<LogRecord>,
    /// How long it waited for others: for upstreams, and for threads or
    /// processors that were busy.
    pub(crate) held_up: Duration,
}

impl Outcome {
    /// The outcome of a node that was refused at load, for hosts that always
    /// return an outcome. Its revision has no digest and generation 0, and
    /// nothing was executed.
    pub fn refused(node: &str, message: impl Into<String>) -> Outcome {
        Outcome {
            answer: Err(Fault::Refused {
                message: message.into(),
            }),
            node: node.into(),
            revision: Arc::default(),
            execution_id: "".into(),
            attempts: 0,
            usage: Usage::default(),
            logs: Vec::new(),
            held_up: Duration::ZERO,
        }
    }

    /// The result, if the node succeeded.
    pub fn result(&self) -> Option<&Json> {
        match &self.answer {
            Ok(Answer::Success(result)) => Some(result),
            _ => None,
        }
    }

    /// The failure, if the node failed.
    pub fn failure(&self) -> Option<&Failure> {
        match &self.answer {
            Ok(Answer::Failure(failure)) => Some(failure),
            _ => None,
        }
    }

    /// Deserializes the result to a type of the caller's.
    ///
    /// # Errors
    ///
    /// The node's failure, or the fault; [`CallError::Json`] if the result does
    /// not fit the type.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, CallError> {
        match &self.answer {
            Ok(Answer::Success(result)) => Ok(result.to()?),
            Ok(Answer::Failure(failure)) => Err(CallError::Failure(failure.clone())),
            Err(fault) => Err(CallError::Fault(fault.clone())),
        }
    }

    /// The same outcome, if the node succeeded; otherwise the error.
    pub(crate) fn success(self) -> Result<Outcome, CallError> {
        match self.answer {
            Ok(Answer::Success(_)) => Ok(self),
            Ok(Answer::Failure(failure)) => Err(CallError::Failure(failure)),
            Err(fault) => Err(CallError::Fault(fault)),
        }
    }

    /// The outcome as one stable word: `success`, or the kind of the node's
    /// [`Failure`] or of the [`Fault`].
    pub fn kind(&self) -> &'static str {
        word(&self.answer)
    }

    /// The edge of a flow that follows from the outcome.
    pub fn route(&self) -> Route {
        match self.result() {
            Some(_) => Route::Success,
            None => Route::Failure,
        }
    }
}

/// As [`Outcome::kind`].
pub(crate) fn word(answer: &Result<Answer, Fault>) -> &'static str {
    match answer {
        Ok(Answer::Success(_)) => "success",
        Ok(Answer::Failure(failure)) => failure.kind.as_str(),
        Err(fault) => fault.kind(),
    }
}

/// What a node returns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It succeeded, with this result.
    Success(Json),
    /// It failed; holds its reason.
    Failure(Failure),
}

/// The edge that a flow takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Route {
    /// The node succeeded.
    Success,
    /// It failed or broke.
    Failure,
}

/// What an execution cost, all attempts together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Usage {
    /// From the call to the outcome, in microseconds.
    pub wall_us: u64,
    /// CPU time inside the guest and the host's calls for it, in microseconds.
    /// The first 10 ms or so are the wall time of both.
    pub cpu_us: u64,
    /// The most memory that an attempt had, in bytes.
    pub memory_peak_bytes: u64,
    /// HTTP requests that were sent.
    pub http_requests: u64,
    /// Bytes of response bodies.
    pub http_bytes_in: u64,
    /// Bytes of request bodies.
    pub http_bytes_out: u64,
}

/// One log record of a node.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LogRecord {
    /// The record's level.
    pub level: Level,
    /// Escaped and cut according to the limits, secrets blanked out.
    pub message: String,
    /// Names and values in the node's order, escaped and cut likewise.
    pub fields: Vec<(String, String)>,
}

/// The level of a log record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// For detailed debugging.
    Trace,
    /// For the node's author.
    Debug,
    /// For the operator: normal events.
    Info,
    /// For the operator: something to look at.
    Warn,
    /// For the operator: something is broken.
    Error,
}
