//! Why there is no response.

use std::fmt;

use crate::{Failure, FailureKind};

/// Why there is no response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Error {
    /// The egress policy denies it. Nothing was sent. Contains a stable word,
    /// such as `no-rule` or `forbidden-address`.
    Denied(String),
    /// The request is malformed. Nothing was sent. Says what is wrong.
    Invalid(String),
    /// Nothing was sent: the name did not resolve, or there was no connection,
    /// or TLS failed.
    Unreachable(String),
    /// No complete response in time. The request may have arrived.
    Timeout,
    /// The connection broke. The request may have arrived.
    Interrupted(String),
    /// The response is larger than the host allows. The request has arrived.
    TooLarge,
    /// This execution has used up its requests or bytes. Nothing was sent.
    Exhausted(String),
}

impl Error {
    /// Whether the upstream may have received the request and acted on it.
    pub fn may_have_arrived(&self) -> bool {
        match self {
            Error::Timeout | Error::Interrupted(_) | Error::TooLarge => true,
            Error::Denied(_) | Error::Invalid(_) | Error::Unreachable(_) | Error::Exhausted(_) => {
                false
            }
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Denied(reason) => write!(f, "the egress policy denies the request: {reason}"),
            Error::Invalid(what) => write!(f, "the request is malformed: {what}"),
            Error::Unreachable(why) => write!(f, "the upstream is unreachable: {why}"),
            Error::Timeout => f.write_str("no answer in time, but the request may have arrived"),
            Error::Interrupted(why) => {
                write!(
                    f,
                    "the connection broke, but the request may have arrived: {why}"
                )
            }
            Error::TooLarge => f.write_str("the answer is larger than the host allows"),
            Error::Exhausted(what) => write!(f, "the execution's budget is used up: {what}"),
        }
    }
}

impl std::error::Error for Error {}

/// The failure that `?` makes of an error:
///
/// | error | kind | because |
/// | --- | --- | --- |
/// | `Denied` | `denied` | the policy forbids it |
/// | `Invalid` | `internal` | the node built a bad request |
/// | `Unreachable` | `unavailable` | nothing was sent, later it may work |
/// | `Timeout`, `Interrupted` | `unknown` | the request may have arrived |
/// | `TooLarge` | `protocol` | it has arrived, and the answer is unusable |
/// | `Exhausted` | `denied` | the operator's budget forbids it, and would again |
///
/// It only knows this one request. A node that has already done something has
/// to say so itself, with [`Failure::partial`].
impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let kind = match error {
            Error::Denied(_) | Error::Exhausted(_) => FailureKind::Denied,
            Error::Invalid(_) => FailureKind::Internal,
            Error::Unreachable(_) => FailureKind::Unavailable,
            Error::Timeout | Error::Interrupted(_) => FailureKind::Unknown,
            Error::TooLarge => FailureKind::Protocol,
        };
        Failure::new(kind, error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_error_becomes_the_failure_that_is_true() {
        #[track_caller]
        fn check(error: Error, kind: FailureKind, message: &str) {
            let nothing_done = matches!(
                kind,
                FailureKind::Denied | FailureKind::Unavailable | FailureKind::Internal
            );
            assert_eq!(error.may_have_arrived(), !nothing_done);
            assert_eq!(Failure::from(error), Failure::new(kind, message));
        }

        check(
            Error::Denied("no-rule".into()),
            FailureKind::Denied,
            "the egress policy denies the request: no-rule",
        );
        check(
            Error::Invalid("no such method".into()),
            FailureKind::Internal,
            "the request is malformed: no such method",
        );
        check(
            Error::Unreachable("connection refused".into()),
            FailureKind::Unavailable,
            "the upstream is unreachable: connection refused",
        );
        check(
            Error::Timeout,
            FailureKind::Unknown,
            "no answer in time, but the request may have arrived",
        );
        check(
            Error::Interrupted("reset".into()),
            FailureKind::Unknown,
            "the connection broke, but the request may have arrived: reset",
        );
        check(
            Error::TooLarge,
            FailureKind::Protocol,
            "the answer is larger than the host allows",
        );
        check(
            Error::Exhausted("16 requests".into()),
            FailureKind::Denied,
            "the execution's budget is used up: 16 requests",
        );
    }
}
