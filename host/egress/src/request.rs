//! What goes into the gate and what comes out, in the node's terms.

use std::fmt;
use std::time::Duration;

use crate::policy::{Reason, Refusal};
use crate::room::Room;
use crate::transport::BoxFuture;
use crate::unit::Unit;

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
    pub patience: Patience,
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
const HEADER: usize = 64;

/// How long a node wants to wait: never more than the limits and the
/// execution's deadline leave, and no less if it does not say.
#[derive(Clone, Copy, Debug, Default)]
pub struct Patience {
    /// For all of it.
    pub total: Option<Duration>,
    /// For the connection.
    pub connect: Option<Duration>,
    /// From the request's last byte to the answer's first.
    pub first_byte: Option<Duration>,
    /// From any byte of the answer to the next.
    pub between_bytes: Option<Duration>,
}

impl Patience {
    /// Nothing is said but how long all of it may take.
    pub fn total(total: Option<Duration>) -> Patience {
        Patience {
            total,
            ..Patience::default()
        }
    }
}

/// A request's body.
#[derive(Default)]
pub enum Body {
    /// There is none.
    #[default]
    None,
    /// It is here.
    Whole(Vec<u8>),
    /// The node is still writing it. The gate waits for it once it is clear
    /// that the request may be sent; whoever makes this future bounds what it
    /// collects.
    Coming(BoxFuture<'static, Result<Option<Vec<u8>>, BodyError>>),
}

impl From<Option<Vec<u8>>> for Body {
    fn from(body: Option<Vec<u8>>) -> Body {
        body.map_or(Body::None, Body::Whole)
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Body::None => f.write_str("None"),
            Body::Whole(bytes) => write!(f, "{} bytes", bytes.len()),
            Body::Coming(_) => f.write_str("Coming"),
        }
    }
}

/// What is wrong with a body. Nothing was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyError {
    /// It is longer than this limit, in bytes.
    TooLong(u64),
    /// The node stated another length than it has.
    Length,
    /// The node did not end it in time.
    Late,
    /// The node gave it up half-way.
    GivenUp,
    /// It ends with trailers, which are never sent.
    Trailers,
    /// The host has no memory for it.
    NoRoom,
}

impl fmt::Display for BodyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BodyError::TooLong(limit) => {
                let max = Unit::Bytes.show(*limit);
                write!(f, "the body is longer than {max} (`request-body`)")
            }
            BodyError::Length => f.write_str("the body has another length than was stated"),
            BodyError::Late => f.write_str("the body did not end in time"),
            BodyError::GivenUp => f.write_str("the body was given up before its end"),
            BodyError::Trailers => f.write_str("the body ends with trailers, which are not sent"),
            BodyError::NoRoom => f.write_str("the host has no memory for the body"),
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

/// An answer as a node gets it: header names in lower case, no hop-by-hop
/// headers, secrets blanked out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// The status, from 200 to 999.
    pub status: u16,
    /// Names and values, in order.
    pub headers: Vec<(String, String)>,
    /// The whole body.
    pub body: Vec<u8>,
    /// What it takes in memory, for as long as it is there.
    pub room: Room,
}

impl Response {
    /// The same, holding its room.
    pub(crate) fn with(self, room: Room) -> Response {
        Response { room, ..self }
    }

    /// What it takes in memory.
    pub(crate) fn bytes(headers: &[(String, String)], body: &[u8]) -> u64 {
        let header = |(name, value): &(String, String)| HEADER + name.len() + value.len();
        let headers: usize = headers.iter().map(header).sum();
        (headers + body.len()) as u64
    }
}

/// Why a node gets no answer: the cases of `hospes:node/http.error`, and what
/// `wasi:http` tells apart beyond them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SendError {
    /// It is not allowed; holds the word of the [`Reason`].
    Denied(&'static str),
    /// A header, or what no other case names.
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
    /// The connection broke, or the answer can't be handed on, after the request
    /// may have been sent.
    Interrupted(String),
    /// The answer is larger than the limits allow.
    TooLarge,
    /// The execution's budget is used up; nothing was sent.
    Exhausted(String),
}

impl SendError {
    /// The case's name.
    pub fn case(&self) -> &'static str {
        match self {
            SendError::Denied(_) => "denied",
            SendError::Invalid(_) | SendError::Url(_) | SendError::Body(_) => "invalid",
            SendError::Unreachable(_) | SendError::Unresolved(_) => "unreachable",
            SendError::Timeout => "timeout",
            SendError::Interrupted(_) => "interrupted",
            SendError::TooLarge => "too-large",
            SendError::Exhausted(_) => "exhausted",
        }
    }

    /// What a node is told that goes on asking for what it does not get.
    pub fn too_many_refused() -> SendError {
        SendError::Exhausted("too many requests were refused".to_owned())
    }

    /// What a node is told of a refusal: the word, and the sentence only if it
    /// is about the node's own request. A sentence about rules or addresses
    /// would let a node map the network it must not see.
    pub(crate) fn of_refusal(refusal: &Refusal) -> SendError {
        let reason: Reason = refusal.reason;
        if !reason.is_about_the_request() {
            SendError::Denied(reason.as_str())
        } else if reason == Reason::Url {
            SendError::Url(refusal.message.clone())
        } else {
            SendError::Invalid(refusal.message.clone())
        }
    }
}

impl fmt::Display for SendError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.case())?;
        match self {
            SendError::Denied(why) => write!(f, ": {why}"),
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
