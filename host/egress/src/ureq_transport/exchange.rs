//! One request and its response, on a blocking thread.

use std::io;
use std::sync::Arc;
use std::time::Instant;

use http::header::{CONTENT_LENGTH, HeaderMap, HeaderName, HeaderValue, TRANSFER_ENCODING};
use http::request::Parts;
use http::{Method, Version};
use http_body::Body as _;
use tokio::runtime::Handle;
use ureq::{Agent, Error, SendBody};

use super::abandon::Shared;
use super::body::{Responder, Upload};
use super::wire::{self, ReadTimeouts, Trace};
use crate::transport::{Body, Dial, TransportError};

/// How many bytes may be received for one byte of body: a chunk of a single
/// byte takes six.
const OVERHEAD: u64 = 8;

/// Whether a logger records what ureq reads, byte for byte.
pub(super) fn is_overheard() -> bool {
    log::log_enabled!(target: "ureq_proto::util", log::Level::Trace)
}

/// A request on its way.
pub(super) struct Exchange {
    pub(super) agent: Agent,
    pub(super) request: http::Request<Body>,
    pub(super) dial: Dial,
    pub(super) until: Instant,
    pub(super) shared: Arc<Shared>,
    /// What drives a request's body that comes in pieces.
    pub(super) runtime: Handle,
}

/// Sends a request, and passes its response on as it comes.
pub(super) fn run(exchange: Exchange, mut responder: Responder) {
    if let Err(error) = send(exchange, &mut responder) {
        responder.fail(error);
    }
}

fn send(exchange: Exchange, responder: &mut Responder) -> Result<(), TransportError> {
    let Exchange {
        agent,
        request,
        dial,
        until,
        shared,
        runtime,
    } = exchange;
    let timeout = until.saturating_duration_since(Instant::now());
    if timeout.is_zero() || shared.is_abandoned() {
        let why = "there was no time left to send it";
        return Err(TransportError::Unreachable(why.to_owned()));
    }
    let (mut head, body) = request.into_parts();
    let secrets = hide_secrets(&mut head);
    // These state the length of their body even if it is empty: some servers
    // require it.
    let states_length = matches!(head.method, Method::POST | Method::PUT | Method::PATCH);
    if let (None, Some(length)) = (body.whole(), body.size_hint().exact()) {
        head.headers.insert(CONTENT_LENGTH, length.into());
    }
    let head = http::Request::from_parts(head, ());
    let configured = agent
        .configure_request(head)
        .timeout_global(Some(timeout))
        .timeout_connect(Some(dial.connect_timeout))
        .max_response_header_size(usize::try_from(dial.max_response_head).unwrap_or(usize::MAX))
        .build();
    let max_read = dial
        .max_response_head
        .saturating_mul(2)
        .saturating_add(dial.max_response_body.saturating_mul(OVERHEAD));
    let timeouts = ReadTimeouts {
        first_byte: dial.first_byte_timeout,
        between_bytes: dial.between_bytes_timeout,
    };
    let (result, trace) = wire::call(dial.addresses, secrets, max_read, timeouts, shared, || {
        let response = match body.whole() {
            Some([]) if !states_length => agent.run(configured),
            Some(bytes) => agent.run(configured.map(|()| bytes)),
            None => {
                let mut upload = Upload::new(body, runtime, until);
                agent.run(configured.map(|()| SendBody::from_reader(&mut upload)))
            }
        };
        let response = response.map_err(Failure::Ureq)?;
        let (head, body) = response.into_parts();
        check_framing(&head.headers, head.version)?;
        let length = body.content_length();
        let mut response = http::Response::new(());
        *response.status_mut() = head.status;
        *response.headers_mut() = head.headers;
        let passed_on = responder.pass_on(response, body.into_reader(), length);
        passed_on.map_err(Failure::Read)
    });
    result.map_err(|failure| failure.classify(trace))
}

/// Puts stars in place of secrets; see [`wire`].
fn hide_secrets(head: &mut Parts) -> Vec<(HeaderName, HeaderValue)> {
    let mut secrets = Vec::new();
    for (name, value) in &mut head.headers {
        if value.is_sensitive() {
            // Stars are always a value.
            let stars = HeaderValue::try_from("*".repeat(value.len()));
            let stars = stars.unwrap_or(HeaderValue::from_static(""));
            secrets.push((name.clone(), std::mem::replace(value, stars)));
        }
    }
    secrets
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
}

impl Failure {
    /// Separates failures after which something may have been sent from those
    /// before. The messages name no address: a node reads them.
    fn classify(self, trace: Trace) -> TransportError {
        if trace.overrun {
            return TransportError::TooLarge;
        }
        let error = match self {
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
            return TransportError::Invalid("the request can't be sent".to_owned());
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
