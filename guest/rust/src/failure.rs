//! Why an execution did not succeed.

use std::fmt;
use std::time::Duration;

use serde::Serialize;
use serde_json::Value;

/// Why an execution did not succeed, as the node sees it.
///
/// There is one constructor per [`FailureKind`]:
///
/// ```
/// use std::time::Duration;
/// use hospes_guest::{Failure, FailureKind};
///
/// let failure = Failure::rate_limited("the upstream asks us to slow down")
///     .retry_after(Duration::from_secs(2))
///     .details(&serde_json::json!({"limit": 3000}));
///
/// assert_eq!(failure.kind, FailureKind::RateLimited);
/// assert_eq!(failure.to_string(), "rate-limited: the upstream asks us to slow down");
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Failure {
    /// What the caller can do about it.
    pub kind: FailureKind,
    /// For people. Contains no secrets and no personal data.
    pub message: String,
    /// Do not repeat before this much time has passed.
    pub retry_after: Option<Duration>,
    /// For programs: any JSON document.
    pub details: Option<Value>,
}

/// Writes the enum of kinds and, for each, its name in the contract and its
/// constructor, so that the three cannot drift apart.
macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident, $constructor:ident, $name:literal;)*) => {
        /// What a caller can do about a failure, and whether anything happened
        /// upstream.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum FailureKind {
            $($(#[$doc])* $kind,)*
        }

        impl FailureKind {
            /// Every kind, in the contract's order.
            pub const ALL: &[FailureKind] = &[$(FailureKind::$kind),*];

            /// The kind's name in the contract, such as `rate-limited`.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(FailureKind::$kind => $name,)*
                }
            }
        }

        impl Failure {
            $(
                $(#[$doc])*
                pub fn $constructor(message: impl Into<String>) -> Self {
                    Failure::new(FailureKind::$kind, message)
                }
            )*
        }
    };
}

kinds! {
    /// Nothing was done. The payload has to be changed.
    InvalidPayload, invalid_payload, "invalid-payload";
    /// Nothing was done. The environment's params or secrets have to be changed.
    InvalidParams, invalid_params, "invalid-params";
    /// Nothing was done: the egress policy denies it. The policy or the node
    /// has to be changed.
    Denied, denied, "denied";
    /// Nothing was done. The credentials have to be changed.
    Unauthorized, unauthorized, "unauthorized";
    /// Nothing was done: the upstream refused it permanently.
    Rejected, rejected, "rejected";
    /// Some of it was done, and the details say which. Never repeat the whole.
    Partial, partial, "partial";
    /// Nothing was done. Repeat after [`retry_after`](Failure::retry_after).
    RateLimited, rate_limited, "rate-limited";
    /// Nothing was done. Repeat with backoff.
    Unavailable, unavailable, "unavailable";
    /// Something may have been done: the request was sent, but there was no
    /// response. A person or a lookup has to decide.
    Unknown, unknown, "unknown";
    /// Something may have been done: the response violates the upstream's contract.
    Protocol, protocol, "protocol";
    /// Something may have been done: a bug in the node.
    Internal, internal, "internal";
}

impl Failure {
    /// A failure of a kind that is only known at run time.
    pub fn new(kind: FailureKind, message: impl Into<String>) -> Self {
        Failure {
            kind,
            message: message.into(),
            retry_after: None,
            details: None,
        }
    }

    /// Asks the caller not to repeat before this much time has passed.
    #[must_use]
    pub fn retry_after(mut self, wait: Duration) -> Self {
        self.retry_after = Some(wait);
        self
    }

    /// Adds details for programs.
    ///
    /// What serde cannot turn into JSON becomes a text that says so.
    #[must_use]
    pub fn details(mut self, details: &(impl Serialize + ?Sized)) -> Self {
        self.details = Some(serde_json::to_value(details).unwrap_or_else(|error| {
            Value::String(format!("the details cannot be written as JSON: {error}"))
        }));
        self
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.kind, self.message)
    }
}

impl std::error::Error for Failure {}

impl fmt::Display for FailureKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_the_contracts() {
        let wit = include_str!("../wit/types.wit");
        let body = wit
            .split_once("enum failure-kind {")
            .unwrap()
            .1
            .split_once('}')
            .unwrap()
            .0;
        let in_wit: Vec<&str> = body
            .lines()
            .map(str::trim)
            .filter(|line| !line.starts_with("///"))
            .filter_map(|line| line.strip_suffix(','))
            .collect();
        let ours: Vec<&str> = FailureKind::ALL.iter().map(|kind| kind.as_str()).collect();
        assert_eq!(ours, in_wit);
    }

    #[test]
    fn details_that_are_not_json_say_so() {
        let keys_are_no_text = std::collections::HashMap::from([((1, 2), 3)]);
        let failure = Failure::partial("half").details(&keys_are_no_text);
        assert_eq!(
            failure.details,
            Some(Value::from(
                "the details cannot be written as JSON: key must be a string"
            ))
        );
    }
}
