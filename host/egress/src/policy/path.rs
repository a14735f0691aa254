//! Paths: what a prefix covers, and which paths can't be compared with a
//! prefix.

/// Whether `prefix` covers `path`, in whole segments: `/v1` covers `/v1` and
/// `/v1/users`, not `/v10`.
///
/// Paths are compared as they are sent; nothing is resolved or decoded. That is
/// only sound for a path that every server reads alike, hence [`is_plain`].
pub(crate) fn covers(prefix: &str, path: &str) -> bool {
    let rest = path.strip_prefix(prefix);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/') || prefix.ends_with('/'))
}

/// Whether all servers agree about which segments a path has.
///
/// `/v1/users/../admin` starts with `/v1/users`, and is `/v1/admin` for most
/// servers. The same is true of `%2e%2e`, of `..%2f`, of `..;` (which some
/// servers cut at the semicolon), of paths that are encoded twice, of dots and
/// slashes in bytes that are not UTF-8, and of `//`, which some servers
/// collapse. Such a path is never repaired: it is refused. A slash at the very
/// end is plain.
pub(crate) fn is_plain(path: &str) -> bool {
    let Some(inner) = path.strip_prefix('/') else {
        return false;
    };
    let inner = inner.strip_suffix('/').unwrap_or(inner);
    if inner.is_empty() {
        return path == "/";
    }
    inner
        .split('/')
        .all(|segment| !segment.is_empty() && is_plain_segment(segment.as_bytes()))
}

fn is_plain_segment(segment: &[u8]) -> bool {
    if is_dots(segment) {
        return false;
    }
    if !segment.contains(&b'%') {
        return true;
    }
    // Servers read a segment that can't be decoded in different ways.
    let Some(mut decoded) = decode(segment, false) else {
        return false;
    };
    loop {
        let bad = |byte: &u8| matches!(byte, b'/' | b'\\' | 0..=0x1f | 0x7f);
        if is_dots(&decoded) || decoded.iter().any(bad) || str::from_utf8(&decoded).is_err() {
            return false;
        }
        // Each round is shorter than the one before, so this ends. A bare `%`
        // that was encoded once is legitimate.
        match decode(&decoded, true) {
            Some(again) if again.len() < decoded.len() => decoded = again,
            _ => return true,
        }
    }
}

/// `.` or `..`, also with something after a semicolon.
fn is_dots(segment: &[u8]) -> bool {
    let name = segment.split(|byte| *byte == b';').next();
    matches!(name, Some(b"." | b".."))
}

/// Undoes percent-encoding. A `%` without its two digits stays if `lenient`,
/// and makes the result `None` otherwise.
fn decode(text: &[u8], lenient: bool) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let [byte, after @ ..] = rest {
        rest = after;
        out.push(match (byte, after) {
            (b'%', [high, low, after @ ..]) if hex(*high).is_some() && hex(*low).is_some() => {
                rest = after;
                hex(*high)? << 4 | hex(*low)?
            }
            (b'%', _) if !lenient => return None,
            _ => *byte,
        });
    }
    Some(out)
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit)
        .to_digit(16)
        .and_then(|value| u8::try_from(value).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_covers_whole_segments() {
        for (prefix, path, covered) in [
            ("/v1", "/v1", true),
            ("/v1", "/v1/", true),
            ("/v1", "/v1/users", true),
            ("/v1", "/v10", false),
            ("/v1", "/v1.5", false),
            ("/v1", "/V1", false),
            ("/v1/users", "/v1", false),
            ("/v1/users", "/v1/users%2ftrack", false),
            ("/", "/", true),
            ("/", "/anything", true),
        ] {
            assert_eq!(covers(prefix, path), covered, "{prefix} {path}");
        }
    }

    #[test]
    fn each_trick_stands_beside_its_nearest_honest_neighbour() {
        for (path, plain) in [
            ("/", true),
            ("/v1", true),
            ("/v1/", true),
            ("//", false),
            ("//v1", false),
            ("/v1//users", false),
            ("/v1//", false),
            ("/v1/./users", false),
            ("/v1/../users", false),
            ("/v1/..", false),
            ("/v1/.well-known", true),
            ("/v1/...", true),
            ("/v1/a..b", true),
            ("/v1/..;/admin", false),
            ("/v1/..;x=1/admin", false),
            ("/v1/a;x=1/b", true),
            ("/v1/%2e%2e/admin", false),
            ("/v1/%2E%2e/admin", false),
            ("/v1/.%2e/admin", false),
            ("/v1/%2e/admin", false),
            ("/v1/%2e%2e%3b/admin", false),
            ("/v1/v%2e1", true),
            ("/v1/..%2fadmin", false),
            ("/v1/a%2Fb", false),
            ("/v1/a%5cb", false),
            ("/v1/a%20b", true),
            ("/v1/a%00b", false),
            ("/v1/a%0d%0ab", false),
            ("/v1/a%7fb", false),
            ("/v1/caf%c3%a9", true),
            ("/v1/%252e%252e/admin", false),
            ("/v1/%25252e%25252e/admin", false),
            ("/v1/a%252fb", false),
            ("/v1/%25zz%252f..", false),
            ("/v1/%25zz", true),
            ("/v1/%c0%ae%c0%ae/admin", false),
            ("/v1/%e0%80%af", false),
            ("/v1/caf%e9", false),
            ("/v1/100%25", true),
            ("/v1/100%25off", true),
            ("/v1/100%", false),
            ("/v1/%zz", false),
            ("/v1/%2", false),
        ] {
            assert_eq!(is_plain(path), plain, "{path}");
        }
    }
}
