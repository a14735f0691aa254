//! Why a URL was refused.

use std::fmt;

/// Why a URL was refused. Each has a stable word and a sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum UrlError {
    /// More than 8192 bytes.
    TooLong,
    /// A byte that has to be percent-encoded.
    Character,
    /// A backslash.
    Backslash,
    /// A fragment.
    Fragment,
    /// No `scheme://`.
    Relative,
    /// A scheme other than `http` and `https`.
    Scheme,
    /// A user name or password.
    Userinfo,
    /// A `%` before the path.
    EscapedHost,
    /// No host.
    EmptyHost,
    /// Not a DNS name.
    Name,
    /// A number that is not a dotted-quad IPv4 address.
    NumericHost,
    /// Not an IPv6 address in brackets.
    Ipv6,
    /// An IPv4 address inside an IPv6 address.
    Ipv4InIpv6,
    /// A port that is not 1 to 65535.
    Port,
}

impl UrlError {
    /// The stable word.
    pub fn as_str(self) -> &'static str {
        self.words().0
    }

    fn words(self) -> (&'static str, &'static str) {
        match self {
            UrlError::TooLong => ("too-long", "it is longer than 8192 bytes"),
            UrlError::Character => (
                "character",
                "it holds a character that has to be percent-encoded",
            ),
            UrlError::Backslash => ("backslash", "it holds a backslash"),
            UrlError::Fragment => ("fragment", "it holds a fragment (`#`)"),
            UrlError::Relative => ("relative", "it does not start with `http://` or `https://`"),
            UrlError::Scheme => ("scheme", "its scheme is neither `http` nor `https`"),
            UrlError::Userinfo => ("userinfo", "it holds a user name or password (`@`)"),
            UrlError::EscapedHost => ("escaped-host", "it holds a `%` before the path"),
            UrlError::EmptyHost => ("empty-host", "it has no host"),
            UrlError::Name => (
                "name",
                "its host is not a DNS name: letters, digits, `-` and `_` in labels of 1 to 63 \
                 bytes, 253 in all, without a trailing dot",
            ),
            UrlError::NumericHost => (
                "numeric-host",
                "its host ends in a number but is not an IPv4 address like `192.0.2.1`",
            ),
            UrlError::Ipv6 => (
                "ipv6",
                "its host is not an IPv6 address in brackets like `[2001:db8::1]`",
            ),
            UrlError::Ipv4InIpv6 => (
                "ipv4-in-ipv6",
                "its host is an IPv4 address inside an IPv6 address",
            ),
            UrlError::Port => ("port", "its port is not a number from 1 to 65535"),
        }
    }
}

impl fmt::Display for UrlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the URL is not accepted: ")?;
        f.write_str(self.words().1)
    }
}

impl std::error::Error for UrlError {}
