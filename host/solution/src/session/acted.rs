//! What came of a call, as far as a flow cares.

use hospes::Outcome;
use hospes::limits::millis;
use hospes::outcome::Answer;
use serde_json::{Map, Value};

/// What came of a call.
#[derive(Clone, Debug, PartialEq)]
pub enum Acted {
    /// The node succeeded, with this result.
    Success(Value),
    /// It did not.
    Failure(Failed),
}

/// Why a node did not succeed. A flow that keeps it sees an object with the
/// members `kind`, `message`, `source`, and, if they are there,
/// `retry_after_ms` and `details`: the failure of the outcome document.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Failed {
    /// A kind of the outcome document, such as `rate-limited` or `deadline`.
    pub kind: String,
    /// For people.
    pub message: String,
    /// `node`, `host`, or `flow` if nothing was called.
    pub source: String,
    /// Not to be repeated earlier than this, in milliseconds.
    pub retry_after_ms: Option<u64>,
    /// For programs.
    pub details: Option<Value>,
}

impl Acted {
    /// A failure that was not the node's: `source` is `host` or `flow`.
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
                // Valid JSON that a value can't hold, such as 1e400.
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
    /// What a flow sees.
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
