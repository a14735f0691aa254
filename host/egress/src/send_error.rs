//! Why a node gets no response.

use std::fmt;

use crate::body::BodyError;
use crate::event::ErrorCase;
use crate::policy::{Denial, Reason};

/// Why a node gets no response: the cases of `hospes:node/http.error`, and the
/// finer distinctions of `wasi:http`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SendError {
    /// The policy does not allow it; a node gets the reason's stable word.
    Denied(Reason),
    /// A header is invalid, or an error that no other case names.
    Invalid(String),
    /// Invalid: the URL.
    Url(String),
    /// Invalid: the body.
    Body(BodyError),
    /// There was no connection.
    Unreachable(String),
    /// Unreachable: the name has no address.
    Unresolved(String),
    /// Time ran out after the request may have been sent.
    Timeout,
    /// The connection broke, or the response can't be returned, after the
    /// request may have been sent.
    Interrupted(String),
    /// The response is larger than the limits allow.
    TooLarge,
    /// The execution's budget is used up; nothing was sent.
    Exhausted(String),
}

impl SendError {
    /// The case.
    pub fn case(&self) -> ErrorCase {
        match self {
            SendError::Denied(_) => ErrorCase::Denied,
            SendError::Invalid(_) | SendError::Url(_) | SendError::Body(_) => ErrorCase::Invalid,
            SendError::Unreachable(_) | SendError::Unresolved(_) => ErrorCase::Unreachable,
            SendError::Timeout => ErrorCase::Timeout,
            SendError::Interrupted(_) => ErrorCase::Interrupted,
            SendError::TooLarge => ErrorCase::TooLarge,
            SendError::Exhausted(_) => ErrorCase::Exhausted,
        }
    }

    /// The error for a node that has made too many refused requests.
    pub fn too_many_refused() -> SendError {
        SendError::Exhausted("too many requests were refused".to_owned())
    }

    /// The error for a node whose request was refused: the stable word, and the
    /// message only if it is about the node's request. A message about rules or
    /// addresses would let a node map the network it must not see.
    pub(crate) fn of_denial(refusal: &Denial) -> SendError {
        let reason: Reason = refusal.reason;
        if !reason.is_about_the_request() {
            SendError::Denied(reason)
        } else if reason == Reason::Url {
            SendError::Url(refusal.message.clone())
        } else {
            SendError::Invalid(refusal.message.clone())
        }
    }
}

impl std::error::Error for SendError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            SendError::Body(error) => Some(error),
            _ => None,
        }
    }
}

impl fmt::Display for SendError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.case().as_str())?;
        match self {
            SendError::Denied(reason) => write!(f, ": {reason}"),
            SendError::Invalid(why)
            | SendError::Url(why)
            | SendError::Unreachable(why)
            | SendError::Unresolved(why)
            | SendError::Interrupted(why)
            | SendError::Exhausted(why) => write!(f, ": {why}"),
            SendError::Body(error) => write!(f, ": {error}"),
            SendError::Timeout | SendError::TooLarge => Ok(()),
        }
    }
}
