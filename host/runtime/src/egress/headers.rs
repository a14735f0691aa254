//! A request's headers: checked first, given their secrets last.

use super::request::HeaderValue;
use super::secrets::Secrets;
use super::transport::Header;
use crate::limits::Limits;
use crate::policy::header::{self, HeaderError};
use crate::policy::{Reason, Refusal, Target};

/// Checks names, values, sizes, and whether the secrets may go there.
pub(super) fn check(
    headers: &[(String, HeaderValue)],
    target: &Target,
    secrets: &Secrets,
    limits: &Limits,
) -> Result<(), Refusal> {
    let malformed = |error: HeaderError| Refusal::new(Reason::Header, error.to_string());
    let too_many = |limit, value| Err(malformed(HeaderError::TooMany { limit, value }));
    if headers.len() as u64 > limits.request_headers {
        return too_many("request-headers", limits.request_headers);
    }
    let mut bytes = 0_u64;
    for (at, (name, value)) in headers.iter().enumerate() {
        header::check_name(name).map_err(malformed)?;
        let text = match value {
            HeaderValue::Text(text) => text,
            HeaderValue::Secret {
                name: secret,
                prefix,
            } => {
                let mut others = headers.iter().enumerate().filter(|(other, _)| *other != at);
                // Which of the two the upstream reads would be anybody's guess.
                if others.any(|(_, (other, _))| header::same_name(other, name)) {
                    return Err(malformed(HeaderError::SecretTwice(
                        name.to_ascii_lowercase(),
                    )));
                }
                secrets.bound(secret, target)?;
                prefix
            }
        };
        header::check_value(name, text).map_err(malformed)?;
        // The length of a secret is not for the node to find out.
        bytes = bytes.saturating_add((name.len() + text.len()) as u64);
    }
    if bytes > limits.request_header_bytes {
        return too_many("request-header-bytes", limits.request_header_bytes);
    }
    Ok(())
}

/// Puts the secrets in, and tells whether there were any.
pub(super) fn attach(
    headers: Vec<(String, HeaderValue)>,
    target: &Target,
    secrets: &Secrets,
) -> Result<(Vec<Header>, bool), Refusal> {
    let mut carries_secret = false;
    let mut attached = Vec::with_capacity(headers.len());
    for (name, value) in headers {
        attached.push(match value {
            HeaderValue::Text(text) => Header::new(name, text, false),
            HeaderValue::Secret {
                name: secret,
                prefix,
            } => {
                carries_secret = true;
                let bound = secrets.bound(&secret, target)?.expose();
                let mut value = String::with_capacity(prefix.len() + bound.len());
                value.push_str(&prefix);
                value.push_str(bound);
                Header::referring(name, value, &prefix, &secret)
            }
        });
    }
    Ok((attached, carries_secret))
}
