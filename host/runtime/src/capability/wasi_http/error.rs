//! From the gate's errors to those of the standard interface, whose codes come
//! from RFC 9209.

use hospes_egress::policy::Reason;
use hospes_egress::{BodyError, SendError};
use wasmtime_wasi_http::Error;

/// The code with the same meaning. The first group means that nothing was sent,
/// the second that the request may have arrived.
pub(super) fn of(error: SendError) -> Error {
    match error {
        SendError::Denied(Reason::ForbiddenAddress) => Error::DestinationIpProhibited,
        SendError::Denied(_) | SendError::Invalid(_) => Error::HttpRequestDenied,
        SendError::Url(_) => Error::HttpRequestUriInvalid,
        SendError::Body(BodyError::TooLong(limit)) => Error::HttpRequestBodySize(Some(limit)),
        SendError::Body(BodyError::Length) => Error::HttpRequestBodySize(None),
        SendError::Body(BodyError::Late) => Error::ConnectionWriteTimeout,
        SendError::Body(BodyError::GivenUp) => Error::HttpProtocolError,
        SendError::Body(BodyError::Trailers) => Error::HttpRequestTrailerSectionSize(Some(0)),
        SendError::Body(BodyError::NoRoom) => Error::ConnectionLimitReached,
        SendError::Exhausted(_) => Error::ConnectionLimitReached,
        SendError::Unresolved(why) => Error::DnsError {
            rcode: Some(why),
            info_code: None,
        },
        SendError::Unreachable(_) => Error::ConnectionRefused,

        SendError::Timeout => Error::HttpResponseTimeout,
        SendError::Interrupted(_) => Error::ConnectionTerminated,
        SendError::TooLarge => Error::HttpResponseBodySize(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_error_has_the_code_that_says_the_same() {
        let text = || "why".to_owned();
        for (error, code) in [
            (SendError::Denied(Reason::NoRule), "HttpRequestDenied"),
            (SendError::Denied(Reason::Secret), "HttpRequestDenied"),
            (
                SendError::Denied(Reason::ForbiddenAddress),
                "DestinationIpProhibited",
            ),
            (SendError::Invalid(text()), "HttpRequestDenied"),
            (SendError::Url(text()), "HttpRequestUriInvalid"),
            (
                SendError::Body(BodyError::TooLong(9)),
                "HttpRequestBodySize(Some(9))",
            ),
            (
                SendError::Body(BodyError::Length),
                "HttpRequestBodySize(None)",
            ),
            (SendError::Body(BodyError::Late), "ConnectionWriteTimeout"),
            (SendError::Body(BodyError::GivenUp), "HttpProtocolError"),
            (
                SendError::Body(BodyError::Trailers),
                "HttpRequestTrailerSectionSize(Some(0))",
            ),
            (SendError::Exhausted(text()), "ConnectionLimitReached"),
            (
                SendError::Unresolved(text()),
                "DnsError { rcode: Some(\"why\"), info_code: None }",
            ),
            (SendError::Unreachable(text()), "ConnectionRefused"),
            (SendError::Timeout, "HttpResponseTimeout"),
            (SendError::Interrupted(text()), "ConnectionTerminated"),
            (SendError::TooLarge, "HttpResponseBodySize(None)"),
        ] {
            assert_eq!(format!("{:?}", of(error)), code);
        }
    }
}
