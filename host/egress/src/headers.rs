//! A request's headers: checked first, given their secrets last.

use std::num::NonZeroU64;

use crate::limits::Limits;
use crate::policy::credential::is_credential;
use crate::policy::header::{self, HeaderError};
use crate::policy::{Denial, Reason, Target};
use crate::request::HeaderValue;
use crate::secret::Secret;
use crate::secrets::Secrets;
use crate::trace_context::TraceContext;
use crate::transport::Header;

const TRACEPARENT: &str = "traceparent";
const TRACESTATE: &str = "tracestate";

/// Checks names, values, sizes, and whether the secrets may go there.
pub(crate) fn check(
    headers: &[(String, HeaderValue)],
    target: &Target,
    secrets: &Secrets,
    limits: &Limits,
) -> Result<(), Denial> {
    let malformed = |error: HeaderError| Denial::new(Reason::Header, error.to_string());
    let too_many = |limit, value| Err(malformed(HeaderError::TooMany { limit, value }));
    if headers.len() as u64 > limits.request_headers {
        return too_many("request-headers", limits.request_headers);
    }
    let origin = || target.origin().to_owned();
    let bound = secrets.any(target);
    let mut bytes = 0_u64;
    for (at, (name, value)) in headers.iter().enumerate() {
        header::check_name(name).map_err(malformed)?;
        let secret = match value {
            HeaderValue::Text(_) => None,
            HeaderValue::Secret { name, .. } => Some(name.as_str()),
        };
        if secrets.attaches(name, secret, target) {
            let (name, origin) = (name.to_ascii_lowercase(), origin());
            return Err(malformed(HeaderError::Attached { name, origin }));
        }
        let text = match value {
            HeaderValue::Text(_) if bound && is_credential(name) => {
                let (name, origin) = (name.to_ascii_lowercase(), origin());
                return Err(malformed(HeaderError::Credential { name, origin }));
            }
            HeaderValue::Text(text) => text,
            HeaderValue::Secret { prefix, .. } => {
                let mut others = headers.iter().enumerate().filter(|(other, _)| *other != at);
                // It is unknown which of the two the upstream would read.
                if others.any(|(_, (other, _))| header::same_name(other, name)) {
                    return Err(malformed(HeaderError::SecretTwice(
                        name.to_ascii_lowercase(),
                    )));
                }
                prefix
            }
        };
        header::check_value(name, text).map_err(malformed)?;
        if let Some(secret) = secret {
            secrets.bound(secret, name, text, target)?;
        }
        // A node must not be able to find out the length of a secret.
        bytes = bytes.saturating_add((name.len() + text.len()) as u64);
    }
    if bytes > limits.request_header_bytes {
        return too_many("request-header-bytes", limits.request_header_bytes);
    }
    Ok(())
}

/// Refuses trace headers, which only the host sets where it propagates a trace.
pub(crate) fn check_no_trace(headers: &[(String, HeaderValue)]) -> Result<(), Denial> {
    let is_trace =
        |name: &str| header::same_name(name, TRACEPARENT) || header::same_name(name, TRACESTATE);
    match headers.iter().find(|(name, _)| is_trace(name)) {
        Some((name, _)) => {
            let error = HeaderError::HostOnly(name.to_ascii_lowercase());
            Err(Denial::new(Reason::Header, error.to_string()))
        }
        None => Ok(()),
    }
}

/// Adds the trace headers, with a new span for the request if `span` is `None`.
pub(crate) fn trace(headers: &mut Vec<Header>, trace: &TraceContext, span: Option<NonZeroU64>) {
    let parent = trace.child(span);
    headers.push(Header::new(TRACEPARENT.to_owned(), parent, false));
    if let Some(state) = trace.state() {
        headers.push(Header::new(TRACESTATE.to_owned(), state.to_owned(), false));
    }
}

/// Adds the secrets: those that the node names and those that the host
/// attaches.
pub(crate) fn attach(
    headers: Vec<(String, HeaderValue)>,
    target: &Target,
    secrets: &Secrets,
) -> Result<Vec<Header>, Denial> {
    let mut attached: Vec<Header> = Vec::with_capacity(headers.len());
    for (name, value) in headers {
        attached.push(match value {
            HeaderValue::Text(text) => Header::new(name, text, false),
            HeaderValue::Secret {
                name: secret,
                prefix,
            } => {
                let bound = secrets.bound(&secret, &name, &prefix, target)?;
                with_secret(name, &prefix, &secret, bound)
            }
        });
    }
    for (header, grant) in secrets.attached(target) {
        // A node may itself name the secret in this very header.
        if attached.iter().any(|other| header.is(&other.name)) {
            continue;
        }
        let name = header.name().to_owned();
        let (prefix, secret) = (header.prefix(), &grant.value);
        attached.push(with_secret(name, prefix, &grant.name, secret));
    }
    Ok(attached)
}

fn with_secret(name: String, prefix: &str, reference: &str, secret: &Secret) -> Header {
    let secret = secret.expose();
    let mut value = String::with_capacity(prefix.len() + secret.len());
    value.push_str(prefix);
    value.push_str(secret);
    Header::referring(name, value, prefix, reference)
}
