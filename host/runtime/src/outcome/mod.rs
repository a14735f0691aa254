//! What came of an execution: plain data.

mod document;
mod error;
mod failure;
mod fault;

use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;

pub use error::{CallError, ExecuteError};
pub use failure::{Failure, FailureKind};
pub use fault::Fault;
pub use hospes_egress::RevisionId;

use crate::json::Json;

/// What came of an execution.
///
/// A node's own failure is a value ([`Answer::Failure`]); a node that broke or
/// was stopped is a typed error ([`Fault`]). `Serialize` writes the outcome
/// document, the JSON that the command line and servers answer with.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Outcome {
    /// The node's answer, or why it could not give one.
    pub answer: Result<Answer, Fault>,
    /// The node's name in the runtime.
    pub node: Arc<str>,
    /// The revision that ran.
    pub revision: Arc<RevisionId>,
    /// The same for every attempt.
    pub execution_id: Arc<str>,
    /// How often the node was called: 1, or more after retries.
    pub attempts: u32,
    /// What the execution cost, all attempts together.
    pub usage: Usage,
    /// What the node logged, all attempts together, in order.
    pub logs: Vec<LogRecord>,
    /// How long it was held up by others: by upstreams, and by whatever else
    /// needed the threads or the processors.
    pub(crate) held_up: Duration,
}

impl Outcome {
    /// The outcome of a node that was refused at load, for hosts that answer
    /// with an outcome whatever happens. Its revision has no digest and
    /// generation 0, and there was no execution.
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

    /// The failure, if the node gave one.
    pub fn failure(&self) -> Option<&Failure> {
        match &self.answer {
            Ok(Answer::Failure(failure)) => Some(failure),
            _ => None,
        }
    }

    /// The result as a type of the caller's.
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

    /// The same outcome if the node succeeded.
    pub(crate) fn success(self) -> Result<Outcome, CallError> {
        match self.answer {
            Ok(Answer::Success(_)) => Ok(self),
            Ok(Answer::Failure(failure)) => Err(CallError::Failure(failure)),
            Err(fault) => Err(CallError::Fault(fault)),
        }
    }

    /// What came of it in one word: `success`, the kind of the node's
    /// [`Failure`] or that of the [`Fault`].
    pub fn kind(&self) -> &'static str {
        word(&self.answer)
    }

    /// Which edge a flow takes.
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

/// A node's own answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It succeeded, with this result.
    Success(Json),
    /// It did not succeed, and says why.
    Failure(Failure),
}

/// Which edge a flow takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Route {
    /// The node succeeded.
    Success,
    /// It did not.
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
    /// How much it matters.
    pub level: Level,
    /// Escaped and cut as the limits say, secrets blanked out.
    pub message: String,
    /// Name and value, in the node's order, escaped and cut likewise.
    pub fields: Vec<(String, String)>,
}

/// How much a log record matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// For the one who takes the node apart.
    Trace,
    /// For the node's author.
    Debug,
    /// For the operator, in good times.
    Info,
    /// For the operator: something to look at.
    Warn,
    /// For the operator: something is broken.
    Error,
}
