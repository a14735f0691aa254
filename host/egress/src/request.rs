//! Requests as nodes make them.

use std::fmt;
use std::time::Duration;

use crate::body::RequestBody;

/// A request as a node makes it. Nothing in it has been checked.
#[derive(Debug, Default)]
pub struct Request {
    /// Such as `POST`.
    pub method: String,
    /// The whole URL.
    pub url: String,
    /// Names and values, in order.
    pub headers: Vec<(String, HeaderValue)>,
    /// The body.
    pub body: RequestBody,
    /// How long the node wants to wait.
    pub timeouts: Timeouts,
}

impl Request {
    /// The memory it takes, including its body if that has arrived.
    pub(crate) fn bytes(&self) -> u64 {
        let header = |(name, value): &(String, HeaderValue)| HEADER + name.len() + value.length();
        let headers: usize = self.headers.iter().map(header).sum();
        let body = match &self.body {
            RequestBody::Whole(body) => body.len(),
            RequestBody::None | RequestBody::Coming(_) => 0,
        };
        (self.method.len() + self.url.len() + headers + body) as u64
    }
}

/// The memory that a header takes besides its texts.
pub(crate) const HEADER: usize = 64;

/// How long a node wants to wait. The limits and the execution's deadline cap
/// it, and apply where the node sets nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Timeouts {
    /// For the whole request.
    pub total: Option<Duration>,
    /// For connecting.
    pub connect: Option<Duration>,
    /// From the request's last byte to the response's first.
    pub first_byte: Option<Duration>,
    /// From any byte of the response to the next.
    pub between_bytes: Option<Duration>,
}

impl Timeouts {
    /// Sets only the time for the whole request.
    pub fn total(total: Option<Duration>) -> Timeouts {
        Timeouts {
            total,
            ..Timeouts::default()
        }
    }
}

/// A header's value as a node sets it.
pub enum HeaderValue {
    /// This text.
    Text(String),
    /// The host puts `prefix` and the secret's value here.
    Secret {
        /// What the node calls the secret.
        name: String,
        /// The text before the value, such as `Bearer ` with its space.
        prefix: String,
    },
}

impl HeaderValue {
    fn length(&self) -> usize {
        match self {
            HeaderValue::Text(text) => text.len(),
            HeaderValue::Secret { name, prefix } => name.len() + prefix.len(),
        }
    }
}

/// Hides values: a node may write anything into a header, even a credential.
impl fmt::Debug for HeaderValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            HeaderValue::Text(_) => f.write_str("Text(...)"),
            HeaderValue::Secret { name, .. } => write!(f, "Secret({name:?})"),
        }
    }
}
