//! Why there is no response.

use std::fmt;

/// Why there is no response. The node gets to read the messages: they must not
/// name addresses.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TransportError {
    /// Nothing was sent: no address, no connection, no TLS, or no time left for
    /// one.
    Unreachable(String),
    /// Time ran out after the request may have been sent.
    Timeout,
    /// The connection broke, or the response is not valid HTTP, after the
    /// request may have been sent.
    Interrupted(String),
    /// The response is larger than the request's limits.
    TooLarge,
    /// The transport can't send such a request; nothing was sent.
    Invalid(String),
    /// The host has no memory for the response.
    NoRoom,
}

impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TransportError::Unreachable(why) => write!(f, "unreachable: {why}"),
            TransportError::Timeout => f.write_str("no complete answer in time"),
            TransportError::Interrupted(why) => write!(f, "interrupted: {why}"),
            TransportError::TooLarge => f.write_str("the answer is too large"),
            TransportError::Invalid(why) => write!(f, "invalid: {why}"),
            TransportError::NoRoom => f.write_str("the host has no memory for the answer"),
        }
    }
}

impl std::error::Error for TransportError {}
