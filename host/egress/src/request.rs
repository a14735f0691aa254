//! What goes into the gate, in the node's terms.

use std::fmt;
use std::time::Duration;

use crate::body::Body;

/// A request as a node asks for it: nothing in it has been checked.
#[derive(Debug, Default)]
pub struct Request {
    /// Such as `POST`.
    pub method: String,
    /// The whole URL.
    pub url: String,
    /// Names and values, in order.
    pub headers: Vec<(String, HeaderValue)>,
    /// The body.
    pub body: Body,
    /// How long the node wants to wait.
    pub timeouts: Timeouts,
}

impl Request {
    /// What it takes in memory, its body only if that is here.
    pub(crate) fn bytes(&self) -> u64 {
        let header = |(name, value): &(String, HeaderValue)| HEADER + name.len() + value.length();
        let headers: usize = self.headers.iter().map(header).sum();
        let body = match &self.body {
            Body::Whole(body) => body.len(),
            Body::None | Body::Coming(_) => 0,
        };
        (self.method.len() + self.url.len() + headers + body) as u64
    }
}

/// What a header takes in memory beside its texts.
pub(crate) const HEADER: usize = 64;

/// How long a node wants to wait: never more than the limits and the
/// execution's deadline leave, and no less if it does not say.
#[derive(Clone, Copy, Debug, Default)]
pub struct Timeouts {
    /// For all of it.
    pub total: Option<Duration>,
    /// For the connection.
    pub connect: Option<Duration>,
    /// From the request's last byte to the answer's first.
    pub first_byte: Option<Duration>,
    /// From any byte of the answer to the next.
    pub between_bytes: Option<Duration>,
}

impl Timeouts {
    /// Nothing is said but how long all of it may take.
    pub fn total(total: Option<Duration>) -> Timeouts {
        Timeouts {
            total,
            ..Timeouts::default()
        }
    }
}

/// A header's value as a node asks for it.
pub enum HeaderValue {
    /// This text.
    Text(String),
    /// The host puts `prefix` and the secret's value here.
    Secret {
        /// What the node calls the secret.
        name: String,
        /// What stands before the value, such as `Bearer ` with its space.
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

/// A node may write anything into a header, a credential of its own included.
impl fmt::Debug for HeaderValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            HeaderValue::Text(_) => f.write_str("Text(...)"),
            HeaderValue::Secret { name, .. } => write!(f, "Secret({name:?})"),
        }
    }
}
