//! The egress rules once more, read naively from the text of the
//! documentation. Slow and simple on purpose, and shares no code with the
//! runtime.

use std::net::{IpAddr, Ipv6Addr};

/// The parts of a URL in its canonical spelling.
pub(crate) struct Url<'u> {
    scheme: &'u str,
    host: &'u str,
    port: u32,
    path: &'u str,
}

impl<'u> Url<'u> {
    pub(crate) fn split(url: &'u str) -> Url<'u> {
        let (scheme, rest) = url.split_once("://").unwrap();
        let rest = rest.split('?').next().unwrap();
        let authority = rest.split('/').next().unwrap();
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) if !port.contains(']') => (host, port.parse().unwrap()),
            _ => (authority, if scheme == "https" { 443 } else { 80 }),
        };
        Url {
            scheme,
            host,
            port,
            path: &rest[authority.len()..],
        }
    }
}

/// Whether a rule (which parses) allows a request.
pub(crate) fn allows(rule: &str, method: &str, url: &Url<'_>) -> bool {
    let words: Vec<&str> = rule.split_whitespace().collect();
    let (methods, pattern) = match words[..] {
        [pattern] => (None, pattern),
        [methods, pattern] => (Some(methods), pattern),
        _ => panic!("`{rule}` has {} words", words.len()),
    };
    let (scheme, rest) = pattern.split_once("://").unwrap();
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let lowered = format!("{scheme}://{authority}").to_ascii_lowercase();
    let origin = Url::split(&lowered);
    let host = match origin.host.strip_prefix('*') {
        Some(suffix) => {
            is_name(url.host) && url.host.len() > suffix.len() && url.host.ends_with(suffix)
        }
        None => match (v6(origin.host), v6(url.host)) {
            (Some(one), Some(other)) => one == other,
            _ => origin.host == url.host,
        },
    };
    methods.is_none_or(|methods| methods.split(',').any(|one| one == method))
        && origin.scheme == url.scheme
        && origin.port == url.port
        && host
        && (path.is_empty() || (is_below(path, url.path) && is_plain(url.path)))
}

fn is_name(host: &str) -> bool {
    host.parse::<IpAddr>().is_err() && !host.starts_with('[')
}

fn v6(host: &str) -> Option<Ipv6Addr> {
    host.strip_prefix('[')?.strip_suffix(']')?.parse().ok()
}

/// A prefix of whole segments.
fn is_below(prefix: &str, path: &str) -> bool {
    if prefix == "/" {
        return true;
    }
    let (mut prefix, mut path) = (prefix.split('/'), path.split('/'));
    prefix.all(|segment| path.next() == Some(segment))
}

/// No dot segments, no empty ones but the last, and nothing that is one of
/// them when it is decoded however often.
fn is_plain(path: &str) -> bool {
    let mut segments: Vec<&str> = path.split('/').skip(1).collect();
    if segments == [""] {
        return true;
    }
    if segments.last() == Some(&"") {
        segments.pop();
    }
    segments.into_iter().all(|segment| {
        // Each `%` needs its two digits.
        let whole = segment.split('%').skip(1).all(|after| {
            after.len() >= 2 && after.bytes().take(2).all(|digit| digit.is_ascii_hexdigit())
        });
        let mut text = segment.as_bytes().to_vec();
        for round in 0..=segment.len() {
            let name = text.split(|byte| *byte == b';').next().unwrap();
            let odd = |byte: &u8| *byte < 0x20 || *byte == 0x7f || b"/\\".contains(byte);
            if text.is_empty()
                || name == b"."
                || name == b".."
                || (round > 0 && text.iter().any(odd))
                || String::from_utf8(text.clone()).is_err()
            {
                return false;
            }
            text = decoded(&text);
        }
        whole
    })
}

/// Percent-decoded once; what is no escape stays.
fn decoded(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let digits = text.get(at + 1..at + 3).filter(|_| text[at] == b'%');
        let byte = digits
            .filter(|digits| digits.iter().all(u8::is_ascii_hexdigit))
            .and_then(|digits| str::from_utf8(digits).ok())
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        out.push(byte.unwrap_or(text[at]));
        at += if byte.is_some() { 3 } else { 1 };
    }
    out
}

/// Whether an address is kept for a special purpose: the registries of the
/// IANA, and what clouds use for their own services.
pub(crate) fn is_kept(ip: IpAddr) -> bool {
    if let IpAddr::V6(ip) = ip
        && !(0x2000..=0x3fff).contains(&ip.segments()[0])
    {
        return true;
    }
    KEPT.iter().any(|network| {
        let (start, bits) = network.split_once('/').unwrap();
        let bits: u32 = bits.parse().unwrap();
        match (start.parse().unwrap(), ip) {
            (IpAddr::V4(start), IpAddr::V4(ip)) => {
                start.to_bits().checked_shr(32 - bits) == ip.to_bits().checked_shr(32 - bits)
            }
            (IpAddr::V6(start), IpAddr::V6(ip)) => {
                start.to_bits().checked_shr(128 - bits) == ip.to_bits().checked_shr(128 - bits)
            }
            _ => false,
        }
    })
}

#[rustfmt::skip]
const KEPT: &[&str] = &[
    "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
    "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15",
    "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4", "168.63.129.16/32",
    "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20",
];
