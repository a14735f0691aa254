//! Why there is no response, in words that a node may read.

use std::error::Error as StdError;
use std::io;

use h2::Reason;

use super::connect::unreachable;
use crate::transport::TransportError;

/// What was the matter, once it is known whether anything was sent and whether
/// too much came back.
pub(super) fn classify(error: &hyper::Error, sent: bool, overrun: bool) -> TransportError {
    if overrun {
        return TransportError::TooLarge;
    }
    if let Some(own) = source::<TransportError>(error) {
        // The request's own body.
        return match own {
            _ if !sent => unreachable("the request broke off before anything was sent"),
            TransportError::Timeout => TransportError::Timeout,
            _ => TransportError::Interrupted("the request broke off".to_owned()),
        };
    }
    if !sent {
        return unreachable("the connection broke before anything was sent");
    }
    if error.is_parse_too_large() || is_too_long(error) {
        return TransportError::TooLarge;
    }
    if let Some(error) = source::<h2::Error>(error) {
        return http2(error);
    }
    if error.is_parse() {
        return not_http(&error.to_string());
    }
    if let Some(error) = source::<io::Error>(error) {
        return match error.kind() {
            io::ErrorKind::TimedOut => TransportError::Timeout,
            io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput => {
                not_http("its body is not framed properly")
            }
            _ => broken(),
        };
    }
    broken()
}

/// An error of the protocol, which has no message that could name an address.
fn http2(error: &h2::Error) -> TransportError {
    match error.reason() {
        // What h2 says when headers come without an end.
        Some(Reason::ENHANCE_YOUR_CALM) if error.is_library() => TransportError::TooLarge,
        Some(reason) if error.is_library() => not_http(reason.description()),
        Some(reason) => {
            TransportError::Interrupted(format!("the upstream ended it: {}", reason.description()))
        }
        None => broken(),
    }
}

/// Whether the upstream says that it has not looked at the request: then it may
/// be sent again, which RFC 9113 allows for any method.
pub(super) fn is_unprocessed(error: &hyper::Error) -> bool {
    source::<h2::Error>(error).is_some_and(|error| {
        let reason = error.reason();
        let is_refused = error.is_reset() && reason == Some(Reason::REFUSED_STREAM);
        let goes_away = error.is_go_away() && reason == Some(Reason::NO_ERROR);
        error.is_remote() && (is_refused || goes_away)
    })
}

/// hyper limits the extensions and trailers of chunks by itself.
fn is_too_long(error: &hyper::Error) -> bool {
    source::<io::Error>(error).is_some_and(|error| {
        let text = error.to_string();
        text.contains("over limit") || text.contains("trailers count overflow")
    })
}

fn source<E: StdError + 'static>(error: &hyper::Error) -> Option<&E> {
    let mut next = StdError::source(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref() {
            return Some(found);
        }
        next = error.source();
    }
    None
}

fn broken() -> TransportError {
    TransportError::Interrupted("the connection broke".to_owned())
}

pub(super) fn not_http(why: &str) -> TransportError {
    TransportError::Interrupted(format!("the answer is not proper HTTP: {why}"))
}
