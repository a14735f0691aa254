//! A request's URL, parsed once and strictly.
//!
//! The code that decides about a request and the code that connects must read
//! the same host from the same text. If two parsers each repair a malformed URL
//! in their own way, a request for one host ends up at another. So there is one
//! parser, it accepts one form, and it refuses everything else:
//!
//! | part | form |
//! | --- | --- |
//! | whole | `scheme://host[:port][/path][?query]`, at most 8192 bytes, printable ASCII |
//! | scheme | `http` or `https`, in any case |
//! | host | a DNS name, a dotted-quad IPv4 address, or an IPv6 address in brackets |
//! | port | 1 to 65535 without leading zeros; the scheme's own if there is none |
//!
//! Userinfo, fragments, backslashes and `%` before the path are refused.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::url_error::UrlError;

/// The longest URL that is accepted, in bytes.
pub(super) const MAX_URL: usize = 8192;

/// The longest DNS name, in bytes.
pub(super) const MAX_NAME: usize = 253;

/// `http` or `https`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scheme {
    /// Plain text.
    Http,
    /// TLS.
    Https,
}

impl Scheme {
    /// The scheme as a URL writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Scheme::Http => "http",
            Scheme::Https => "https",
        }
    }

    /// The port of a URL that states none.
    pub fn default_port(self) -> u16 {
        match self {
            Scheme::Http => 80,
            Scheme::Https => 443,
        }
    }
}

/// A host, as a URL names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Host<'a> {
    /// A DNS name in lower case, without a trailing dot.
    Dns(&'a str),
    /// An IPv4 address.
    V4(Ipv4Addr),
    /// An IPv6 address.
    V6(Ipv6Addr),
}

impl Host<'_> {
    /// The address, if the host is written as one.
    pub fn ip(&self) -> Option<IpAddr> {
        match *self {
            Host::Dns(_) => None,
            Host::V4(ip) => Some(IpAddr::V4(ip)),
            Host::V6(ip) => Some(IpAddr::V6(ip)),
        }
    }
}

impl fmt::Display for Host<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Host::Dns(name) => f.write_str(name),
            Host::V4(ip) => write!(f, "{ip}"),
            Host::V6(ip) => write!(f, "[{ip}]"),
        }
    }
}

/// Where a request goes: a URL in canonical form, with its parts.
///
/// Canonical means: scheme and host in lower case, addresses in their standard
/// form, no default port, `/` for an empty path. Path and query are unchanged.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Target {
    url: String,
    scheme: Scheme,
    literal: Option<IpAddr>,
    port: u16,
    host_end: usize,
    origin_end: usize,
    path_end: usize,
}

impl Target {
    /// Parses an absolute URL.
    ///
    /// # Errors
    ///
    /// Anything that does not have the accepted form.
    pub fn parse(text: &str) -> Result<Target, UrlError> {
        if text.len() > MAX_URL {
            return Err(UrlError::TooLong);
        }
        if let Some(byte) = text.bytes().find(|byte| !is_plain(*byte)) {
            return Err(match byte {
                b'\\' => UrlError::Backslash,
                b'#' => UrlError::Fragment,
                _ => UrlError::Character,
            });
        }
        let (scheme, rest) = text.split_once("://").ok_or(UrlError::Relative)?;
        let scheme = if scheme.eq_ignore_ascii_case("https") {
            Scheme::Https
        } else if scheme.eq_ignore_ascii_case("http") {
            Scheme::Http
        } else {
            return Err(UrlError::Scheme);
        };
        let (authority, rest) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
        if authority.contains('@') {
            return Err(UrlError::Userinfo);
        }
        if authority.contains('%') {
            return Err(UrlError::EscapedHost);
        }
        let (host, port) = split_port(authority)?;
        let port = match port {
            Some(port) => parse_port(port).ok_or(UrlError::Port)?,
            None => scheme.default_port(),
        };

        let mut url = String::with_capacity(text.len() + 1);
        url.push_str(scheme.as_str());
        url.push_str("://");
        let host_start = url.len();
        let literal = push_host(&mut url, host)?;
        let host_end = url.len();
        if port != scheme.default_port() {
            url.push(':');
            push_decimal(&mut url, port);
        }
        let origin_end = url.len();
        if !rest.starts_with('/') {
            url.push('/');
        }
        url.push_str(rest);
        let path_end = rest
            .find('?')
            .map_or(url.len(), |at| url.len() - (rest.len() - at));
        debug_assert_eq!(
            host_start,
            scheme.as_str().len() + 3,
            "where `host` looks for it"
        );
        Ok(Target {
            url,
            scheme,
            literal,
            port,
            host_end,
            origin_end,
            path_end,
        })
    }

    /// The whole URL in canonical form.
    pub fn as_str(&self) -> &str {
        &self.url
    }

    /// The scheme.
    pub fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// The host.
    pub fn host(&self) -> Host<'_> {
        match self.literal {
            Some(IpAddr::V4(ip)) => Host::V4(ip),
            Some(IpAddr::V6(ip)) => Host::V6(ip),
            None => Host::Dns(self.slice(self.scheme.as_str().len() + 3, self.host_end)),
        }
    }

    /// The port, which may be the scheme's default.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// `scheme://host[:port]`.
    pub fn origin(&self) -> &str {
        self.slice(0, self.origin_end)
    }

    /// The path, at least `/`.
    pub fn path(&self) -> &str {
        self.slice(self.origin_end, self.path_end)
    }

    /// The query without its `?`, if there is one.
    pub fn query(&self) -> Option<&str> {
        self.url.get(self.path_end..)?.strip_prefix('?')
    }

    /// Path and query, as they stand in a request line.
    pub fn path_and_query(&self) -> &str {
        self.slice(self.origin_end, self.url.len())
    }

    /// The URL without its query, for logs and messages: a query may hold data
    /// that no log should.
    pub fn without_query(&self) -> &str {
        self.slice(0, self.path_end)
    }

    fn slice(&self, from: usize, to: usize) -> &str {
        self.url.get(from..to).unwrap_or_default()
    }
}

impl std::str::FromStr for Target {
    type Err = UrlError;

    fn from_str(text: &str) -> Result<Target, UrlError> {
        Target::parse(text)
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.url)
    }
}

/// Leaves the query out: it may hold data that no log should.
impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let query = if self.query().is_some() { "?..." } else { "" };
        write!(f, "Target({}{query})", self.without_query())
    }
}

/// Printable ASCII, except for characters that a URL always encodes.
fn is_plain(byte: u8) -> bool {
    byte.is_ascii_graphic() && !matches!(byte, b'\\' | b'#' | b'"' | b'<' | b'>' | b'`')
}

/// Splits `host[:port]`; the port is still text.
fn split_port(authority: &str) -> Result<(&str, Option<&str>), UrlError> {
    if authority.starts_with('[') {
        let (host, rest) = authority.split_at(authority.find(']').ok_or(UrlError::Ipv6)? + 1);
        return match rest.strip_prefix(':') {
            Some(port) => Ok((host, Some(port))),
            None if rest.is_empty() => Ok((host, None)),
            None => Err(UrlError::Ipv6),
        };
    }
    match authority.split_once(':') {
        Some((_, port)) if port.contains(':') => Err(UrlError::Ipv6),
        Some((host, port)) => Ok((host, Some(port))),
        None => Ok((authority, None)),
    }
}

fn parse_port(text: &str) -> Option<u16> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits || text.starts_with('0') {
        None
    } else {
        text.parse().ok()
    }
}

fn push_decimal(url: &mut String, port: u16) {
    use std::fmt::Write as _;
    // Writing to a string can't fail.
    let _ = write!(url, "{port}");
}

/// Checks a host and appends it in canonical form.
fn push_host(url: &mut String, host: &str) -> Result<Option<IpAddr>, UrlError> {
    use std::fmt::Write as _;
    if let Some(inside) = host.strip_prefix('[') {
        let text = inside.strip_suffix(']').ok_or(UrlError::Ipv6)?;
        let ip: Ipv6Addr = text.parse().map_err(|_| UrlError::Ipv6)?;
        // Such an address would be checked as IPv6 and dialled as IPv4.
        if ip.to_ipv4_mapped().is_some() || is_ipv4_compatible(ip) {
            return Err(UrlError::Ipv4InIpv6);
        }
        let _ = write!(url, "[{ip}]");
        return Ok(Some(IpAddr::V6(ip)));
    }
    let labels = check_name(host)?;
    if ends_in_a_number(labels) {
        // The system's resolver takes `127.1`, `0x7f.1`, `017700000001` and
        // `2130706433` for addresses; only the form that every parser reads
        // alike may pass.
        let ip: Ipv4Addr = host.parse().map_err(|_| UrlError::NumericHost)?;
        url.push_str(host);
        return Ok(Some(IpAddr::V4(ip)));
    }
    let start = url.len();
    url.push_str(host);
    if let Some(name) = url.get_mut(start..) {
        name.make_ascii_lowercase();
    }
    Ok(None)
}

/// Checks a DNS name and returns its last label.
fn check_name(host: &str) -> Result<&str, UrlError> {
    if host.is_empty() {
        return Err(UrlError::EmptyHost);
    }
    if host.len() > MAX_NAME {
        return Err(UrlError::Name);
    }
    let mut last = "";
    for label in host.split('.') {
        let known = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        if label.is_empty() || label.len() > 63 || !label.bytes().all(known) {
            return Err(UrlError::Name);
        }
        last = label;
    }
    Ok(last)
}

fn ends_in_a_number(last_label: &str) -> bool {
    match last_label
        .strip_prefix("0x")
        .or_else(|| last_label.strip_prefix("0X"))
    {
        Some(hex) => hex.bytes().all(|byte| byte.is_ascii_hexdigit()),
        None => last_label.bytes().all(|byte| byte.is_ascii_digit()),
    }
}

/// `::a.b.c.d`, except for `::` and `::1`, which have their own meaning.
fn is_ipv4_compatible(ip: Ipv6Addr) -> bool {
    let bits = ip.to_bits();
    bits >> 32 == 0 && bits > 1
}
