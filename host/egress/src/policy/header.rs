//! Which headers a node may set.
//!
//! Only the host sets framing and routing. A node that could set
//! `content-length` or `transfer-encoding` could make two servers disagree
//! about where a request ends. With `host`, `forwarded` or `x-original-url` it
//! could have the request routed to another place than the policy checked.
//! `x-http-method-override` would turn an allowed POST into a DELETE, and the
//! headers that open a cloud's metadata service have no legitimate use. These
//! headers are refused by name, never dropped silently.
//!
//! Some servers read `content_length` as `content-length`, so underscores
//! count as dashes here.

use std::fmt;

/// The longest name of a header, in bytes.
pub(crate) const MAX_HEADER_NAME: usize = 256;

/// Whether a node may set a header of this name: a valid name that is not
/// reserved for the host, as `host` and `content-length` are.
pub fn may_set(name: &str) -> bool {
    check_name(name).is_ok()
}

/// Checks the name of a header that a node sets.
///
/// # Errors
///
/// A name that is not a valid token, or that only the host may set.
pub(crate) fn check_name(name: &str) -> Result<(), HeaderError> {
    if name.is_empty() || name.len() > MAX_HEADER_NAME || !name.bytes().all(is_token) {
        return Err(HeaderError::Name(shorten(name)));
    }
    let mut buffer = [0; LONGEST];
    for (to, from) in buffer.iter_mut().zip(name.bytes()) {
        *to = if from == b'_' {
            b'-'
        } else {
            from.to_ascii_lowercase()
        };
    }
    let folded = buffer.get(..name.len().min(LONGEST)).unwrap_or_default();
    let exact = name.len() <= LONGEST && HOST_ONLY.contains(&folded);
    if exact
        || HOST_ONLY_PREFIXES
            .iter()
            .any(|prefix| folded.starts_with(prefix))
    {
        return Err(HeaderError::HostOnly(name.to_ascii_lowercase()));
    }
    Ok(())
}

/// Checks the value of a header that a node sets, or the prefix of a secret:
/// printable ASCII and spaces.
///
/// # Errors
///
/// Any other value; the error names the header.
pub(crate) fn check_value(name: &str, value: &str) -> Result<(), HeaderError> {
    if value.bytes().all(|byte| (0x20..0x7f).contains(&byte)) {
        Ok(())
    } else {
        Err(HeaderError::Value(name.to_ascii_lowercase()))
    }
}

/// Whether a server could take one name for the other.
pub(crate) fn same_name(one: &str, other: &str) -> bool {
    let fold = |byte: u8| {
        if byte == b'_' {
            b'-'
        } else {
            byte.to_ascii_lowercase()
        }
    };
    one.len() == other.len() && one.bytes().map(fold).eq(other.bytes().map(fold))
}

fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

/// No entry below is longer, in bytes.
const LONGEST: usize = 32;

const HOST_ONLY: &[&[u8]] = &[
    // Framing and the connection.
    b"host",
    b"content-length",
    b"transfer-encoding",
    b"te",
    b"trailer",
    b"connection",
    b"keep-alive",
    b"upgrade",
    b"expect",
    b"http2-settings",
    b"accept-encoding",
    // Who sent the request, and by which route.
    b"forwarded",
    b"via",
    b"x-real-ip",
    b"true-client-ip",
    b"x-client-ip",
    b"x-cluster-client-ip",
    // Another method or path than the policy checked.
    b"x-http-method",
    b"x-http-method-override",
    b"x-method-override",
    b"x-original-url",
    b"x-rewrite-url",
    b"x-original-uri",
    b"x-rewrite-uri",
    // A cloud's metadata service.
    b"metadata",
    b"metadata-flavor",
    b"x-google-metadata-request",
];

const HOST_ONLY_PREFIXES: &[&[u8]] = &[
    b"proxy-",
    b"x-forwarded-",
    b"x-aws-ec2-metadata-",
    b"sec-websocket-",
];

fn shorten(name: &str) -> String {
    name.chars().take(40).flat_map(char::escape_debug).collect()
}

/// Why a header was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum HeaderError {
    /// The name is not a valid token.
    Name(String),
    /// The value holds something other than printable ASCII.
    Value(String),
    /// Only the host sets it.
    HostOnly(String),
    /// It carries a secret and is set twice.
    SecretTwice(String),
    /// The host attaches a secret in this header.
    Attached {
        /// The name.
        name: String,
        /// The origin of those requests.
        origin: String,
    },
    /// It holds a credential, and only the host sets credentials for this
    /// origin.
    Credential {
        /// The name.
        name: String,
        /// The origin.
        origin: String,
    },
    /// There are too many headers, or they are too long.
    TooMany {
        /// The limit's name.
        limit: &'static str,
        /// The limit's value.
        value: u64,
    },
}

impl fmt::Display for HeaderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            HeaderError::Name(name) => write!(f, "`{name}` is not a header's name"),
            HeaderError::Value(name) => {
                write!(f, "the value of the header `{name}` is not printable ASCII")
            }
            HeaderError::HostOnly(name) => write!(f, "the header `{name}` is the host's to set"),
            HeaderError::SecretTwice(name) => {
                write!(
                    f,
                    "the header `{name}` carries a secret and stands there twice"
                )
            }
            HeaderError::Attached { name, origin } => write!(
                f,
                "the header `{name}` of requests to {origin} is the host's to set"
            ),
            HeaderError::Credential { name, origin } => write!(
                f,
                "the header `{name}` holds a credential, and those of requests to {origin} are the host's to set"
            ),
            HeaderError::TooMany { limit, value } => {
                write!(
                    f,
                    "the headers are more than the limit `{limit}` of {value}"
                )
            }
        }
    }
}

impl std::error::Error for HeaderError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_the_hosts_own_is_refused_by_name() {
        for name in [
            "host",
            "Host",
            "HOST",
            "content-length",
            "Content_Length",
            "transfer-encoding",
            "Transfer_Encoding",
            "te",
            "trailer",
            "connection",
            "keep-alive",
            "upgrade",
            "expect",
            "proxy-authorization",
            "Proxy-Connection",
            "http2-settings",
            "accept-encoding",
            "forwarded",
            "x-forwarded-for",
            "X-Forwarded-Host",
            "x_forwarded_proto",
            "via",
            "x-real-ip",
            "metadata",
            "Metadata-Flavor",
            "x-aws-ec2-metadata-token",
            "x-aws-ec2-metadata-token-ttl-seconds",
            "x-google-metadata-request",
            "x-http-method-override",
            "x-original-url",
            "x-rewrite-url",
            "sec-websocket-key",
        ] {
            let error = check_name(name).unwrap_err();
            assert_eq!(
                error,
                HeaderError::HostOnly(name.to_ascii_lowercase()),
                "{name}"
            );
        }
        assert_eq!(
            check_name("Host").unwrap_err().to_string(),
            "the header `host` is the host's to set"
        );
    }

    #[test]
    fn their_nearest_honest_neighbours_pass() {
        for name in [
            "x-host",
            "hosts",
            "content-type",
            "content-length-hint",
            "accept",
            "accept-language",
            "authorization",
            "cookie",
            "user-agent",
            "x-request-id",
            "idempotency-key",
            "proxy",
            "x-forwarded",
            "viable",
            "tea",
            "x-api-key",
            "metadata-version",
            "sec-fetch-mode",
            "if-none-match",
            "range",
            "api_key",
        ] {
            assert_eq!(check_name(name), Ok(()), "{name}");
        }
        assert_eq!(check_name(&format!("x-{}", "a".repeat(200))), Ok(()));
    }

    #[test]
    fn names_and_values_that_could_split_a_request_are_refused() {
        let long = "a".repeat(MAX_HEADER_NAME + 1);
        for name in [
            "",
            "a b",
            "a:",
            "a\r\nhost",
            "a\0",
            "é",
            "(a)",
            "a/b",
            "host ",
            " host",
            &long,
        ] {
            assert!(
                matches!(check_name(name), Err(HeaderError::Name(_))),
                "{name:?}"
            );
        }
        for value in ["a\r\nhost: b", "a\nb", "a\rb", "a\0", "é", "\u{7f}", "a\tb"] {
            assert!(check_value("x", value).is_err(), "{value:?}");
        }
        for value in [
            "",
            " ",
            "Bearer abc==",
            "text/html; charset=\"utf-8\"",
            "~!@#$%^&*()",
        ] {
            assert_eq!(check_value("x", value), Ok(()), "{value:?}");
        }
        assert_eq!(
            check_name("a\r\nb").unwrap_err().to_string(),
            "`a\\r\\nb` is not a header's name"
        );
    }

    #[test]
    fn no_entry_is_longer_than_the_buffer() {
        assert!(
            HOST_ONLY
                .iter()
                .chain(HOST_ONLY_PREFIXES)
                .all(|name| name.len() <= LONGEST)
        );
    }
}
