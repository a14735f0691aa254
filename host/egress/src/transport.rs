//! The boundary between the gate and the network.
//!
//! A [`Transport`] resolves names and exchanges one request for one response.
//! It makes no decisions: each request that it gets has been allowed, its
//! addresses have been checked, its secrets have been added. In return it must
//! dial those addresses and no others, follow no redirects, and report
//! correctly whether anything was sent.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use zeroize::Zeroize;

use crate::policy::{Method, Target};
use crate::room::Room;
use crate::scrub::Scrubber;

/// A boxed future.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Sends requests that the gate has allowed. One instance serves one revision
/// of one node, so that connections are never shared between nodes.
///
/// Both futures are dropped when their execution is cancelled, and must not
/// block the thread that polls them.
pub trait Transport: Send + Sync + 'static {
    /// Resolves a DNS name to all its addresses; the gate checks each. Never
    /// called for an address.
    fn resolve<'a>(
        &'a self,
        host: &'a str,
        timeout: Duration,
    ) -> BoxFuture<'a, Result<Vec<IpAddr>, TransportError>>;

    /// Sends one request and reads the whole response.
    fn send(&self, request: Outgoing) -> BoxFuture<'_, Result<Incoming, TransportError>>;
}

/// A request that has been allowed, as it is sent.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Outgoing {
    /// The method.
    pub method: Method,
    /// Where it goes; the request line and the `host` header are made from it.
    pub target: Target,
    /// The checked addresses: dial these and no others, in this order.
    pub addresses: Vec<SocketAddr>,
    /// The headers, in order. The transport adds framing headers.
    pub headers: Vec<Header>,
    /// The body, or none.
    pub body: Option<Vec<u8>>,
    /// Time for the whole request.
    pub timeout: Duration,
    /// Time to connect, TLS included.
    pub connect_timeout: Duration,
    /// Time from the request's last byte to the response's first. No separate
    /// limit if it is longer than `timeout`.
    pub first_byte_timeout: Duration,
    /// Time from any byte of the response to the next. No separate limit if it
    /// is longer than `timeout`.
    pub between_bytes_timeout: Duration,
    /// Bytes of response body to accept; one more is [`TransportError::TooLarge`].
    pub max_response_body: u64,
    /// Bytes of status line and headers to accept.
    pub max_response_head: u64,
    /// Blanks secrets out of a response that is to be shown: the gate does so
    /// only after the transport.
    pub blank: Blank,
    /// Where the response takes memory: take room before you read. A response
    /// whose memory was not taken beforehand is counted when it has arrived.
    pub room: Room,
}

/// A header of an outgoing request. `Debug` does not show the value; a secret is
/// wiped from memory when it is dropped.
#[derive(Clone)]
#[non_exhaustive]
pub struct Header {
    /// The name, as the node wrote it.
    pub name: String,
    /// The value.
    pub value: String,
    /// Whether the value holds a secret: never log it.
    pub secret: bool,
    /// What the node wrote in place of the secret, such as `Bearer {api_key}`.
    pub reference: Option<String>,
}

/// Wipes a secret from memory.
impl Drop for Header {
    fn drop(&mut self) {
        if self.secret {
            self.value.zeroize();
        }
    }
}

impl Header {
    pub(crate) fn new(name: String, value: String, secret: bool) -> Header {
        Header {
            name,
            value,
            secret,
            reference: None,
        }
    }

    /// A header whose value holds a secret that the node referred to.
    pub(crate) fn referring(name: String, value: String, prefix: &str, secret: &str) -> Header {
        Header {
            name,
            value,
            secret: true,
            reference: Some(format!("{prefix}{{{secret}}}")),
        }
    }

    /// The value as it may be shown: with the reference in place of a secret.
    pub fn shown(&self) -> &str {
        match &self.reference {
            Some(reference) => reference,
            None if self.secret => "***",
            None => &self.value,
        }
    }
}

impl fmt::Debug for Header {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}: {}",
            self.name,
            if self.secret { "***" } else { "..." }
        )
    }
}

/// Blanks a node's secrets out of a response that is to be shown, as the gate
/// does before the node gets it.
#[derive(Clone)]
pub struct Blank(pub(crate) Arc<Scrubber>);

impl Blank {
    /// The bytes as text, with `***` where a secret stood.
    pub fn text(&self, bytes: &[u8]) -> String {
        match self.0.clean(bytes) {
            Some(clean) => String::from_utf8_lossy(&clean).into_owned(),
            None => String::from_utf8_lossy(bytes).into_owned(),
        }
    }
}

impl fmt::Debug for Blank {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Blank")
    }
}

/// A response as it was received.
#[derive(Clone, Debug)]
pub struct Incoming {
    /// The status.
    pub status: u16,
    /// The headers, in order.
    pub headers: Vec<(String, String)>,
    /// The whole body.
    pub body: Vec<u8>,
}

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
    /// The host has no memory for the response ([`Outgoing::room`]).
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
