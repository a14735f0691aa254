//! What a transport is told besides the request itself.

use std::borrow::Cow;
use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use http::{HeaderName, HeaderValue};

use crate::scrub::Scrubber;

/// Where a request goes, and how much time and how many bytes it has.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Dial {
    /// The checked addresses: dial these and no others, in this order.
    pub addresses: Vec<SocketAddr>,
    /// Time for the whole request, the response's body included.
    pub timeout: Duration,
    /// Time to connect, TLS included.
    pub connect_timeout: Duration,
    /// Time from the request's last byte to the response's first. No separate
    /// limit if it is longer than `timeout`.
    pub first_byte_timeout: Duration,
    /// Time from any byte of the response to the next. No separate limit if it
    /// is longer than `timeout`.
    pub between_bytes_timeout: Duration,
    /// Bytes of response body that the gate accepts. It counts them itself; a
    /// transport uses this number to limit what is not body.
    pub max_response_body: u64,
    /// Bytes of status line and headers to accept.
    pub max_response_head: u64,
    /// Blanks secrets out of what is to be shown: the gate does so only after
    /// the transport.
    pub blank: Blank,
}

/// Blanks a node's secrets out of a request or a response that is to be shown,
/// as the gate does before the node gets a response.
#[derive(Clone)]
pub struct Blank {
    scrubber: Arc<Scrubber>,
    /// What the node or the operator wrote in place of secrets, such as
    /// `Bearer {api_key}`.
    references: Vec<(HeaderName, String)>,
}

impl Blank {
    pub(crate) fn new(scrubber: Arc<Scrubber>, references: Vec<(HeaderName, String)>) -> Blank {
        Blank {
            scrubber,
            references,
        }
    }

    /// The bytes as text, with `***` where a secret stood.
    pub fn text(&self, bytes: &[u8]) -> String {
        match self.scrubber.clean(bytes) {
            Some(clean) => String::from_utf8_lossy(&clean).into_owned(),
            None => String::from_utf8_lossy(bytes).into_owned(),
        }
    }

    /// The value of a request's header, with its reference in place of a
    /// secret.
    pub fn header<'v>(&'v self, name: &HeaderName, value: &'v HeaderValue) -> Cow<'v, str> {
        if !value.is_sensitive() {
            return String::from_utf8_lossy(value.as_bytes());
        }
        let mut references = self.references.iter();
        match references.find(|(header, _)| header == name) {
            Some((_, reference)) => Cow::Borrowed(reference),
            None => Cow::Borrowed("***"),
        }
    }
}

impl fmt::Debug for Blank {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Blank")
    }
}
