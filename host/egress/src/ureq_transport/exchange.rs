//! One request and its response, on a blocking thread.

use std::io::{self, Read};
use std::sync::Arc;
use std::time::Instant;

use ureq::http::header::{CONTENT_LENGTH, HeaderMap, HeaderName, HeaderValue, TRANSFER_ENCODING};
use ureq::http::{self, Uri, Version};
use ureq::{Agent, Body, Error};
use zeroize::Zeroizing;

use super::abandon::Shared;
use super::wire::{self, ReadTimeouts, Trace};
use crate::policy::{Method, Target};
use crate::room::Room;
use crate::transport::{Header, Incoming, Outgoing, TransportError};

/// How many bytes may be received for one byte of body: a chunk of a single
/// byte takes six.
const OVERHEAD: u64 = 8;

/// The first piece of room for a response's body, in bytes.
const STEP: u64 = 16 << 10;

/// Whether a logger records what ureq reads, byte for byte.
pub(super) fn is_overheard() -> bool {
    log::log_enabled!(target: "ureq_proto::util", log::Level::Trace)
}

/// Sends a request and reads its response.
pub(super) fn run(
    agent: &Agent,
    outgoing: Outgoing,
    until: Instant,
    shared: Arc<Shared>,
) -> Result<Incoming, TransportError> {
    let Outgoing {
        target,
        headers,
        body,
        method,
        addresses,
        room,
        ..
    } = outgoing;
    let unsent = |why: &str| TransportError::Unreachable(why.to_owned());
    let timeout = until.saturating_duration_since(Instant::now());
    if timeout.is_zero() || shared.is_abandoned() {
        return Err(unsent("there was no time left to send it"));
    }
    let (head, secrets) = head(method, &target, headers)?;
    let request = agent
        .configure_request(head)
        .timeout_global(Some(timeout))
        .timeout_connect(Some(outgoing.connect_timeout))
        .max_response_header_size(usize::try_from(outgoing.max_response_head).unwrap_or(usize::MAX))
        .build();
    let max_body = outgoing.max_response_body;
    let max_read = outgoing
        .max_response_head
        .saturating_mul(2)
        .saturating_add(max_body.saturating_mul(OVERHEAD));

    let timeouts = ReadTimeouts {
        first_byte: outgoing.first_byte_timeout,
        between_bytes: outgoing.between_bytes_timeout,
    };
    let (result, trace) = wire::call(addresses, secrets, max_read, timeouts, shared, || {
        let response = match (body, method) {
            (Some(body), _) => agent.run(request.map(|()| body)),
            // Without a body these still state its length: some servers require
            // it.
            (None, Method::Post | Method::Put | Method::Patch) => {
                agent.run(request.map(|()| Vec::new()))
            }
            (None, _) => agent.run(request),
        };
        response
            .map_err(Failure::Ureq)
            .and_then(|response| read(response, max_body, &room))
    });
    result.map_err(|failure| failure.classify(trace))
}

/// Builds the head, with stars in place of secrets; see [`wire`].
#[expect(clippy::type_complexity, reason = "a pair that is taken apart at once")]
fn head(
    method: Method,
    target: &Target,
    headers: Vec<Header>,
) -> Result<(http::Request<()>, Vec<(String, Zeroizing<String>)>), TransportError> {
    let mut request = http::Request::new(());
    *request.method_mut() = match method {
        Method::Get => http::Method::GET,
        Method::Head => http::Method::HEAD,
        Method::Post => http::Method::POST,
        Method::Put => http::Method::PUT,
        Method::Patch => http::Method::PATCH,
        Method::Delete => http::Method::DELETE,
        Method::Options => http::Method::OPTIONS,
    };
    *request.uri_mut() = uri(target).ok_or_else(|| invalid("the URL can't be sent"))?;
    let mut secrets = Vec::new();
    for mut header in headers {
        let unfit = || invalid("a header can't be sent");
        let name = HeaderName::from_bytes(header.name.as_bytes()).map_err(|_| unfit())?;
        let value = std::mem::take(&mut header.value);
        let value = if header.secret {
            let stars = "*".repeat(value.len());
            secrets.push((name.as_str().to_owned(), Zeroizing::new(value)));
            stars
        } else {
            value
        };
        let value = HeaderValue::try_from(value).map_err(|_| unfit())?;
        request.headers_mut().append(name, value);
    }
    Ok((request, secrets))
}

/// The target as a ureq URI, if both parsers read it alike.
pub(super) fn uri(target: &Target) -> Option<Uri> {
    let uri: Uri = target.as_str().parse().ok()?;
    let same = uri.scheme_str() == Some(target.scheme().as_str())
        && uri.host() == Some(target.host().to_string().as_str())
        && uri.port_u16().unwrap_or(target.scheme().default_port()) == target.port()
        && uri.path_and_query().map(|path| path.as_str()) == Some(target.path_and_query());
    same.then_some(uri)
}

fn invalid(why: &str) -> TransportError {
    TransportError::Invalid(why.to_owned())
}

fn read(response: http::Response<Body>, max_body: u64, room: &Room) -> Result<Incoming, Failure> {
    let (head, body) = response.into_parts();
    check_framing(&head.headers, head.version)?;
    let length = body.content_length().unwrap_or(max_body);
    if length > max_body {
        return Err(Failure::TooLarge);
    }
    let bytes = read_body(body.into_reader(), length, room)?;
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let headers = head
        .headers
        .iter()
        .map(|(name, value)| (name.as_str().to_owned(), text(value)));
    Ok(Incoming {
        status: head.status.as_u16(),
        headers: headers.collect(),
        body: bytes,
    })
}

/// Reads a body into room that is taken beforehand. The decoded bytes are
/// counted, not the length that the upstream claims.
fn read_body(mut body: impl Read, max: u64, room: &Room) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    // One byte more than allowed, to tell a body that just fits from one that
    // does not.
    let most = max.saturating_add(1);
    loop {
        let held = bytes.len() as u64;
        // Doubles each time, so that nothing is copied often.
        let more = held.max(STEP).min(most - held);
        if more == 0 {
            return Err(Failure::TooLarge);
        }
        if !room.take(more) {
            return Err(Failure::NoRoom);
        }
        bytes.reserve_exact(usize::try_from(more).unwrap_or(usize::MAX));
        let read = body.by_ref().take(more).read_to_end(&mut bytes);
        if (read.map_err(Failure::Read)? as u64) < more {
            return Ok(bytes);
        }
    }
}

/// Refuses a response whose end two readers could find in different places.
fn check_framing(headers: &HeaderMap, version: Version) -> Result<(), Failure> {
    let mut encodings = headers.get_all(TRANSFER_ENCODING).iter();
    let Some(encoding) = encodings.next() else {
        return Ok(());
    };
    if encodings.next().is_some() || !encoding.as_bytes().eq_ignore_ascii_case(b"chunked") {
        return Err(Failure::Framing("its transfer encoding is not `chunked`"));
    }
    if headers.contains_key(CONTENT_LENGTH) {
        return Err(Failure::Framing("it states a length and is chunked too"));
    }
    if version != Version::HTTP_11 {
        return Err(Failure::Framing("it is chunked, and not HTTP/1.1"));
    }
    Ok(())
}

/// Why there is no response, before it is known how much of the request was
/// sent.
enum Failure {
    Ureq(Error),
    Read(io::Error),
    Framing(&'static str),
    TooLarge,
    NoRoom,
}

impl Failure {
    /// Separates failures after which something may have been sent from those
    /// before. The messages name no address: a node reads them.
    fn classify(self, trace: Trace) -> TransportError {
        if trace.overrun {
            return TransportError::TooLarge;
        }
        let error = match self {
            Failure::TooLarge => return TransportError::TooLarge,
            Failure::NoRoom => return TransportError::NoRoom,
            Failure::Framing(why) => return TransportError::Interrupted(not_http(why)),
            Failure::Read(error) => Error::from(error),
            Failure::Ureq(error) => error,
        };
        if trace.sent {
            after_sending(error)
        } else {
            before_sending(error)
        }
    }
}

fn before_sending(error: Error) -> TransportError {
    let why = match &error {
        Error::Http(_) | Error::Protocol(_) | Error::BadUri(_) => {
            return invalid("the request can't be sent");
        }
        Error::Timeout(_) => "connecting took too long",
        Error::HostNotFound => "the name has no address",
        Error::Tls(_) | Error::Rustls(_) | Error::TlsRequired => tls(&error),
        Error::Io(io) => match io.kind() {
            io::ErrorKind::ConnectionRefused => "the connection was refused",
            io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable => {
                "there is no way to the host"
            }
            io::ErrorKind::TimedOut => "connecting took too long",
            io::ErrorKind::InvalidData => tls(&error),
            _ => "the connection broke before anything was sent",
        },
        _ => "there was no connection",
    };
    TransportError::Unreachable(why.to_owned())
}

/// TLS errors in words that a node may read: the library's messages may repeat
/// names from a certificate.
fn tls(error: &Error) -> &'static str {
    let error = match error {
        Error::Rustls(error) => Some(error),
        // A failed handshake is reported as an error of the connection.
        Error::Io(error) => error.get_ref().and_then(|error| error.downcast_ref()),
        _ => None,
    };
    match error {
        Some(rustls::Error::InvalidCertificate(_) | rustls::Error::NoCertificatesPresented) => {
            "TLS failed: the certificate was not accepted"
        }
        _ => "TLS failed",
    }
}

fn after_sending(error: Error) -> TransportError {
    match error {
        Error::Timeout(_) => TransportError::Timeout,
        Error::LargeResponseHeader(..) | Error::BodyExceedsLimit(_) => TransportError::TooLarge,
        // ureq stops at 128 headers, which is treated like any other limit.
        Error::Protocol(ureq_proto::Error::HttpParseTooManyHeaders) => TransportError::TooLarge,
        Error::Protocol(error) => TransportError::Interrupted(not_http(&error.to_string())),
        Error::Io(error) if error.kind() == io::ErrorKind::TimedOut => TransportError::Timeout,
        _ => TransportError::Interrupted("the connection broke".to_owned()),
    }
}

fn not_http(why: &str) -> String {
    format!("the answer is not proper HTTP: {why}")
}
