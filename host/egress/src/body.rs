//! A request's body, and what can be wrong with it.

use std::fmt;

use crate::transport::BoxFuture;
use crate::unit::Unit;

/// A request's body, as a node provides it.
#[derive(Default)]
pub enum RequestBody {
    /// The request has none.
    #[default]
    None,
    /// The body has arrived.
    Whole(Vec<u8>),
    /// The node is still writing it. The gate waits for it once it is clear
    /// that the request may be sent. The future's creator limits how much it
    /// collects.
    Coming(BoxFuture<'static, Result<Option<Vec<u8>>, BodyError>>),
}

impl From<Option<Vec<u8>>> for RequestBody {
    fn from(body: Option<Vec<u8>>) -> RequestBody {
        body.map_or(RequestBody::None, RequestBody::Whole)
    }
}

impl fmt::Debug for RequestBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RequestBody::None => f.write_str("None"),
            RequestBody::Whole(bytes) => write!(f, "{} bytes", bytes.len()),
            RequestBody::Coming(_) => f.write_str("Coming"),
        }
    }
}

/// What is wrong with a body. Nothing was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyError {
    /// It is longer than this limit, in bytes.
    TooLong(u64),
    /// The node stated a different length.
    Length,
    /// The node did not finish it in time.
    Late,
    /// The node abandoned it half-way.
    GivenUp,
    /// It ends with trailers, which are never sent.
    Trailers,
    /// The host has no memory for it.
    NoRoom,
}

impl std::error::Error for BodyError {}

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
