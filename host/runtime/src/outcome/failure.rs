//! A node's reason for failing.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use crate::json::Json;

/// Why a node failed, as the node reports it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Failure {
    /// What the caller can do about it.
    pub kind: FailureKind,
    /// A message for people.
    pub message: String,
    /// How long to wait before repeating the execution.
    pub retry_after: Option<Duration>,
    /// Details for programs.
    pub details: Option<Json>,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.kind, self.message)
    }
}

impl std::error::Error for Failure {}

/// What a caller can do about a failure. The meanings are those of
/// `hospes:node/types.failure-kind`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FailureKind {
    /// Nothing was done: fix the payload.
    InvalidPayload,
    /// Nothing was done: fix the environment's params or secrets.
    InvalidParams,
    /// Nothing was done: the egress policy forbids it.
    Denied,
    /// Nothing was done: fix the credentials.
    Unauthorized,
    /// Nothing was done: the upstream refused it for good.
    Rejected,
    /// Some of it was done; never repeat the whole.
    Partial,
    /// Nothing was done: repeat after the wait.
    RateLimited,
    /// Nothing was done: repeat with backoff.
    Unavailable,
    /// Something may have been done: a request was sent, and no response came.
    Unknown,
    /// Something may have been done: the upstream's response breaks its
    /// contract.
    Protocol,
    /// Something may have been done: a bug in the node.
    Internal,
}

impl FailureKind {
    /// All kinds.
    pub const ALL: [FailureKind; 11] = [
        FailureKind::InvalidPayload,
        FailureKind::InvalidParams,
        FailureKind::Denied,
        FailureKind::Unauthorized,
        FailureKind::Rejected,
        FailureKind::Partial,
        FailureKind::RateLimited,
        FailureKind::Unavailable,
        FailureKind::Unknown,
        FailureKind::Protocol,
        FailureKind::Internal,
    ];

    /// The kind's name in the contract and in the outcome document.
    pub fn as_str(self) -> &'static str {
        match self {
            FailureKind::InvalidPayload => "invalid-payload",
            FailureKind::InvalidParams => "invalid-params",
            FailureKind::Denied => "denied",
            FailureKind::Unauthorized => "unauthorized",
            FailureKind::Rejected => "rejected",
            FailureKind::Partial => "partial",
            FailureKind::RateLimited => "rate-limited",
            FailureKind::Unavailable => "unavailable",
            FailureKind::Unknown => "unknown",
            FailureKind::Protocol => "protocol",
            FailureKind::Internal => "internal",
        }
    }
}

impl FromStr for FailureKind {
    type Err = UnknownFailureKind;

    fn from_str(name: &str) -> Result<FailureKind, UnknownFailureKind> {
        let mut kinds = FailureKind::ALL.into_iter();
        kinds
            .find(|kind| kind.as_str() == name)
            .ok_or(UnknownFailureKind)
    }
}

/// The word is not a [`FailureKind`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownFailureKind;

impl fmt::Display for UnknownFailureKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = FailureKind::ALL.map(FailureKind::as_str).join(", ");
        write!(f, "not one of the kinds of failure {words}")
    }
}

impl std::error::Error for UnknownFailureKind {}

impl fmt::Display for FailureKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::{FailureKind, UnknownFailureKind};

    #[test]
    fn a_failure_kind_reads_back_by_its_name() {
        for kind in FailureKind::ALL {
            assert_eq!(kind.as_str().parse(), Ok(kind));
        }
        assert_eq!("deadline".parse::<FailureKind>(), Err(UnknownFailureKind));
    }
}
