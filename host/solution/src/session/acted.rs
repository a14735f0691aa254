//! The outcome of a call, as a flow sees it.

use hospes::Outcome;
use hospes::limits::millis;
use hospes::outcome::Answer;
use serde_json::{Map, Value};

/// The outcome of a call.
#[derive(Clone, Debug, PartialEq)]
pub enum Acted {
    /// The node succeeded, with this result.
    Success(Value),
    /// It failed.
    Failure(Failed),
}

/// Why a node did not succeed. A flow sees it as an object with the members
/// `kind`, `message`, `source` and, if present, `retry_after_ms` and `details`:
/// the failure of the outcome document.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Failed {
    /// A kind of the outcome document, such as `rate-limited` or `deadline`.
    pub kind: String,
    /// For people.
    pub message: String,
    /// `node`, `host`, or `flow` if nothing was called.
    pub source: String,
    /// How long to wait before the next attempt, in milliseconds.
    pub retry_after_ms: Option<u64>,
    /// For programs.
    pub details: Option<Value>,
}

impl Acted {
    /// A failure that the node did not return: `source` is `host` or `flow`.
    pub fn failed(source: &str, kind: &str, message: impl Into<String>) -> Acted {
        Acted::Failure(Failed {
            kind: kind.to_owned(),
            message: message.into(),
            source: source.to_owned(),
            ..Failed::default()
        })
    }
}

impl From<&Outcome> for Acted {
    fn from(outcome: &Outcome) -> Acted {
        match &outcome.answer {
            Ok(Answer::Success(result)) => match result.to() {
                Ok(value) => Acted::Success(value),
                // Valid JSON that `Value` can't represent, such as 1e400.
                Err(error) => Acted::failed("host", "invalid-result", error.to_string()),
            },
            Ok(Answer::Failure(failure)) => Acted::Failure(Failed {
                kind: failure.kind.as_str().to_owned(),
                message: failure.message.clone(),
                source: "node".to_owned(),
                retry_after_ms: failure.retry_after.map(millis),
                details: failure
                    .details
                    .as_ref()
                    .and_then(|details| details.to().ok()),
            }),
            Err(fault) => Acted::Failure(Failed {
                kind: fault.kind().to_owned(),
                message: fault.to_string(),
                source: "host".to_owned(),
                retry_after_ms: fault.retry_after().map(millis),
                details: None,
            }),
        }
    }
}

impl Failed {
    /// The failure as a flow sees it.
    pub(crate) fn to_value(&self) -> Value {
        let mut value = Map::new();
        value.insert("kind".to_owned(), self.kind.clone().into());
        value.insert("message".to_owned(), self.message.clone().into());
        value.insert("source".to_owned(), self.source.clone().into());
        if let Some(wait) = self.retry_after_ms {
            value.insert("retry_after_ms".to_owned(), wait.into());
        }
        if let Some(details) = &self.details {
            value.insert("details".to_owned(), details.clone());
        }
        Value::Object(value)
    }
}
