//! What goes into the gate and what comes out, in the node's terms.

use std::fmt;
use std::time::Duration;

use crate::policy::{Reason, Refusal};

/// A request as a node asks for it: nothing in it has been checked.
#[derive(Debug, Default)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) url: String,
    pub(crate) headers: Vec<(String, HeaderValue)>,
    pub(crate) body: Option<Vec<u8>>,
    /// Never more than the limits and the execution's deadline leave.
    pub(crate) timeout: Option<Duration>,
}

/// A header's value as a node asks for it.
pub(crate) enum HeaderValue {
    Text(String),
    /// The host puts `prefix` and the secret's value here.
    Secret {
        name: String,
        prefix: String,
    },
}

/// A node may write anything into a header, a credential of its own included.
impl fmt::Debug for HeaderValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            HeaderValue::Text(_) => f.write_str("Text(...)"),
            HeaderValue::Secret { name, .. } => write!(f, "Secret({name:?})"),
        }
    }
}

/// An answer as a node gets it: header names in lower case, no hop-by-hop
/// headers, secrets blanked out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

/// Why a node gets no answer: the cases of `hospes:node/http.error`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum SendError {
    Denied(&'static str),
    Invalid(String),
    Unreachable(String),
    Timeout,
    Interrupted(String),
    TooLarge,
    Exhausted(String),
}

impl SendError {
    /// The case's name.
    pub(crate) fn case(&self) -> &'static str {
        match self {
            SendError::Denied(_) => "denied",
            SendError::Invalid(_) => "invalid",
            SendError::Unreachable(_) => "unreachable",
            SendError::Timeout => "timeout",
            SendError::Interrupted(_) => "interrupted",
            SendError::TooLarge => "too-large",
            SendError::Exhausted(_) => "exhausted",
        }
    }

    /// What a node is told of a refusal: the word, and the sentence only if it
    /// is about the node's own request. A sentence about rules or addresses
    /// would let a node map the network it must not see.
    pub(crate) fn of_refusal(refusal: &Refusal) -> SendError {
        let reason: Reason = refusal.reason;
        if reason.is_about_the_request() {
            SendError::Invalid(refusal.message.clone())
        } else {
            SendError::Denied(reason.as_str())
        }
    }
}

impl fmt::Display for SendError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.case())?;
        match self {
            SendError::Denied(why) => write!(f, ": {why}"),
            SendError::Invalid(why)
            | SendError::Unreachable(why)
            | SendError::Interrupted(why)
            | SendError::Exhausted(why) => write!(f, ": {why}"),
            SendError::Timeout | SendError::TooLarge => Ok(()),
        }
    }
}
