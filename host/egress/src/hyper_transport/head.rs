//! The heads of requests and responses.

use http::header::{
    ACCEPT, CONTENT_LENGTH, HOST, HeaderMap, HeaderValue, TRANSFER_ENCODING, USER_AGENT,
};
use http::request::Parts;
use http::uri::{Authority, PathAndQuery};
use http::{Method, Uri, Version};
use http_body::Body as _;
use hyper::ext::ReasonPhrase;

use super::failure::not_http;
use super::upload::Upload;
use crate::transport::{Body, TransportError};

/// How many headers a response may have, whatever their length.
pub(super) const MAX_HEADERS: usize = 128;

/// Where a request goes.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct Origin {
    pub(super) is_https: bool,
    pub(super) authority: Authority,
}

/// A request before it is known which protocol its connection speaks.
pub(super) struct Outgoing {
    pub(super) head: Parts,
    pub(super) body: Upload,
    uri: Uri,
    host: HeaderValue,
    has_length: bool,
}

impl Outgoing {
    pub(super) fn new(request: http::Request<Body>) -> Result<(Origin, Outgoing), TransportError> {
        let (mut head, body) = request.into_parts();
        let uri = std::mem::take(&mut head.uri);
        let is_https = match uri.scheme_str() {
            Some("https") => true,
            Some("http") => false,
            _ => return Err(invalid()),
        };
        let authority = uri.authority().cloned().ok_or_else(invalid)?;
        let host = HeaderValue::try_from(authority.as_str()).map_err(|_| invalid())?;
        let body = Upload::new(body);
        // These state the length of their body even if it is empty: some
        // servers require it.
        let states_length = matches!(head.method, Method::POST | Method::PUT | Method::PATCH);
        let length = body.size_hint().exact();
        if let Some(length) = length.filter(|length| *length > 0 || states_length) {
            head.headers.insert(CONTENT_LENGTH, length.into());
        }
        let agent = concat!("hospes/", env!("CARGO_PKG_VERSION"));
        let defaults = [(ACCEPT, "*/*"), (USER_AGENT, agent)];
        for (name, value) in defaults {
            let value = HeaderValue::from_static(value);
            head.headers.entry(name).or_insert(value);
        }
        let outgoing = Outgoing {
            head,
            body,
            uri,
            host,
            has_length: length.is_some(),
        };
        let origin = Origin {
            is_https,
            authority,
        };
        Ok((origin, outgoing))
    }

    /// The request as one of the protocols writes it.
    pub(super) fn shape(&mut self, is_http2: bool) {
        let Outgoing { head, .. } = self;
        if is_http2 {
            head.version = Version::HTTP_2;
            head.uri = self.uri.clone();
            head.headers.remove(HOST);
            head.headers.remove(TRANSFER_ENCODING);
        } else {
            head.version = Version::HTTP_11;
            let path = self.uri.path_and_query().cloned();
            head.uri = Uri::from(path.unwrap_or(PathAndQuery::from_static("/")));
            head.headers.insert(HOST, self.host.clone());
            if !self.has_length {
                let chunked = HeaderValue::from_static("chunked");
                head.headers.insert(TRANSFER_ENCODING, chunked);
            }
        }
    }

    /// A copy, if the whole body is still there.
    pub(super) fn copy(&self) -> Option<Outgoing> {
        Some(Outgoing {
            head: self.head.clone(),
            body: self.body.copy()?,
            uri: self.uri.clone(),
            host: self.host.clone(),
            has_length: self.has_length,
        })
    }

    /// Splits off what hyper takes. [`Self::again`] puts it back.
    pub(super) fn into_request(self) -> (http::Request<Upload>, Sent) {
        let sent = Sent {
            uri: self.uri,
            host: self.host,
            has_length: self.has_length,
        };
        (http::Request::from_parts(self.head, self.body), sent)
    }

    /// The request that hyper returned because it sent nothing of it.
    pub(super) fn again(request: http::Request<Upload>, sent: Sent) -> Outgoing {
        let (head, body) = request.into_parts();
        Outgoing {
            head,
            body,
            uri: sent.uri,
            host: sent.host,
            has_length: sent.has_length,
        }
    }
}

/// What is known of a request while hyper has it.
pub(super) struct Sent {
    uri: Uri,
    host: HeaderValue,
    has_length: bool,
}

fn invalid() -> TransportError {
    TransportError::Invalid("the request can't be sent".to_owned())
}

/// Refuses a response that is too large, or whose end two readers could find in
/// different places.
pub(super) fn check<B>(response: &http::Response<B>, max: u64) -> Result<(), TransportError> {
    let headers = response.headers();
    let reason = response.extensions().get::<ReasonPhrase>();
    let status_line =
        "HTTP/1.1 200 \r\n".len() + reason.map_or(0, |reason| reason.as_bytes().len());
    // `: ` and the end of the line.
    let line = |(name, value): (&http::HeaderName, &HeaderValue)| {
        name.as_str()
            .len()
            .saturating_add(value.len())
            .saturating_add(4)
    };
    let length = headers
        .iter()
        .map(line)
        .fold(status_line, usize::saturating_add);
    if headers.len() > MAX_HEADERS || length as u64 > max {
        return Err(TransportError::TooLarge);
    }
    if response.status().is_informational() {
        let status = response.status().as_u16();
        let why = format!("the answer has the status {status}");
        return Err(TransportError::Interrupted(why));
    }
    check_framing(headers, response.version())
}

fn check_framing(headers: &HeaderMap, version: Version) -> Result<(), TransportError> {
    let mut encodings = headers.get_all(TRANSFER_ENCODING).iter();
    let Some(encoding) = encodings.next() else {
        return Ok(());
    };
    if encodings.next().is_some() || !encoding.as_bytes().eq_ignore_ascii_case(b"chunked") {
        return Err(not_http("its transfer encoding is not `chunked`"));
    }
    if headers.contains_key(CONTENT_LENGTH) {
        return Err(not_http("it states a length and is chunked too"));
    }
    if version != Version::HTTP_11 {
        return Err(not_http("it is chunked, and not HTTP/1.1"));
    }
    Ok(())
}
