//! A request's headers: checked first, given their secrets last.

use std::num::NonZeroU64;

use bytes::Bytes;
use http::header::{HeaderMap, HeaderName};
use zeroize::Zeroizing;

use crate::limits::Limits;
use crate::policy::credential::is_credential;
use crate::policy::header::{self, HeaderError};
use crate::policy::{Denial, Reason, Target};
use crate::request::HeaderValue;
use crate::secret::Secret;
use crate::secrets::Secrets;
use crate::trace_context::TraceContext;

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

/// Headers as they are sent.
#[derive(Debug, Default)]
pub(crate) struct Attached {
    /// Those that hold a secret are marked as sensitive.
    pub(crate) headers: HeaderMap,
    /// What stands in place of each secret when it is shown, such as `Bearer
    /// {api_key}`.
    pub(crate) references: Vec<(HeaderName, String)>,
}

impl Attached {
    /// Adds the trace headers, with a new span for the request if `span` is
    /// `None`.
    pub(crate) fn trace(
        &mut self,
        trace: &TraceContext,
        span: Option<NonZeroU64>,
    ) -> Result<(), Denial> {
        self.add(TRACEPARENT, trace.child(span).into())?;
        match trace.state() {
            Some(state) => self.add(TRACESTATE, state.to_owned().into()),
            None => Ok(()),
        }
    }

    fn add(&mut self, name: &str, value: Bytes) -> Result<(), Denial> {
        let (name, value) = header(name, value)?;
        let fits = self.headers.try_append(name, value);
        fits.map(drop).map_err(|_| unfit())
    }

    /// Adds a header that holds a secret, whose value is wiped from memory when
    /// it is dropped.
    fn add_secret(
        &mut self,
        name: &str,
        prefix: &str,
        reference: &str,
        secret: &Secret,
    ) -> Result<(), Denial> {
        let secret = secret.expose();
        let mut value = Zeroizing::new(Vec::with_capacity(prefix.len() + secret.len()));
        value.extend_from_slice(prefix.as_bytes());
        value.extend_from_slice(secret.as_bytes());
        let (name, mut value) = header(name, Bytes::from_owner(value))?;
        value.set_sensitive(true);
        let reference = format!("{prefix}{{{reference}}}");
        self.references.push((name.clone(), reference));
        let fits = self.headers.try_append(name, value);
        fits.map(drop).map_err(|_| unfit())
    }
}

fn header(name: &str, value: Bytes) -> Result<(HeaderName, http::HeaderValue), Denial> {
    let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| unfit())?;
    let value = http::HeaderValue::from_maybe_shared(value).map_err(|_| unfit())?;
    Ok((name, value))
}

/// What was checked before can be sent, so this is not met.
fn unfit() -> Denial {
    Denial::new(Reason::Header, "a header can't be sent")
}

/// Adds the secrets: those that the node names and those that the host
/// attaches.
pub(crate) fn attach(
    headers: Vec<(String, HeaderValue)>,
    target: &Target,
    secrets: &Secrets,
) -> Result<Attached, Denial> {
    let mut attached = Attached::default();
    for (name, value) in headers {
        match value {
            HeaderValue::Text(text) => attached.add(&name, text.into())?,
            HeaderValue::Secret {
                name: secret,
                prefix,
            } => {
                let bound = secrets.bound(&secret, &name, &prefix, target)?;
                attached.add_secret(&name, &prefix, &secret, bound)?;
            }
        }
    }
    for (header, grant) in secrets.attached(target) {
        // A node may itself name the secret in this very header.
        if attached
            .headers
            .keys()
            .any(|other| header.is(other.as_str()))
        {
            continue;
        }
        attached.add_secret(header.name(), header.prefix(), &grant.name, &grant.value)?;
    }
    Ok(attached)
}
