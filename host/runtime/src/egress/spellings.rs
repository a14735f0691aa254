//! The spellings in which a secret comes back: see [`super::scrub`].

use std::fmt::Write as _;

const STANDARD: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const URL_SAFE: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// All spellings of a value; some are part of others, some may be equal.
pub(super) fn of(value: &str) -> Vec<Vec<u8>> {
    let bytes = value.as_bytes();
    // Names of headers arrive in lower case.
    let lower = value.to_ascii_lowercase().into_bytes();
    let mut all = vec![
        bytes.to_vec(),
        lower,
        hex(bytes, "", false),
        hex(bytes, "", true),
    ];
    for alphabet in [STANDARD, URL_SAFE] {
        all.push(base64(bytes, alphabet, true));
        all.push(base64(bytes, alphabet, false));
        all.extend((0..3).map(|offset| base64_inside(bytes, alphabet, offset)));
    }
    for upper in [false, true] {
        all.push(hex(bytes, "%", upper));
        for unreserved in ["-._~", "-._~!*'()"] {
            let encoded = percent(bytes, unreserved, upper);
            all.push(encoded.replace("%20", "+").into_bytes());
            all.push(encoded.into_bytes());
        }
    }
    let json = value.replace('\\', r"\\").replace('"', "\\\"");
    all.push(json.replace('/', r"\/").into_bytes());
    all.push(json.into_bytes());
    all
}

fn hex(bytes: &[u8], before_each: &str, upper: bool) -> Vec<u8> {
    let mut text = String::new();
    for byte in bytes {
        text.push_str(before_each);
        // Writing to a string can't fail.
        let _ = if upper {
            write!(text, "{byte:02X}")
        } else {
            write!(text, "{byte:02x}")
        };
    }
    text.into_bytes()
}

fn percent(bytes: &[u8], unreserved: &str, upper: bool) -> String {
    let mut text = String::new();
    for &byte in bytes {
        let char = char::from(byte);
        let _ = match (
            byte.is_ascii_alphanumeric() || unreserved.contains(char),
            upper,
        ) {
            (true, _) => write!(text, "{char}"),
            (false, false) => write!(text, "%{byte:02x}"),
            (false, true) => write!(text, "%{byte:02X}"),
        };
    }
    text
}

/// What Base64 makes of `bytes` wherever they stand in a longer text, when
/// `offset` bytes (modulo 3) come before them: the characters that no
/// neighbour has a bit in.
fn base64_inside(bytes: &[u8], alphabet: &[u8; 64], offset: usize) -> Vec<u8> {
    let mut shifted = vec![0; offset];
    shifted.extend_from_slice(bytes);
    let encoded = base64(&shifted, alphabet, false);
    let first = (offset * 8).div_ceil(6);
    let end = shifted.len() * 8 / 6;
    encoded.get(first..end).unwrap_or_default().to_vec()
}

fn base64(bytes: &[u8], alphabet: &[u8; 64], padded: bool) -> Vec<u8> {
    let mut text = Vec::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let byte = |at: usize| u32::from(chunk.get(at).copied().unwrap_or_default());
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for (at, shift) in [18, 12, 6, 0].into_iter().enumerate() {
            if at <= chunk.len() {
                text.extend(alphabet.get((bits >> shift & 63) as usize));
            } else if padded {
                text.push(b'=');
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(bytes: Vec<u8>) -> String {
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn base64_is_base64() {
        for (plain, padded, bare) in [
            ("", "", ""),
            ("f", "Zg==", "Zg"),
            ("fo", "Zm8=", "Zm8"),
            ("foo", "Zm9v", "Zm9v"),
            ("foob", "Zm9vYg==", "Zm9vYg"),
            ("foobar", "Zm9vYmFy", "Zm9vYmFy"),
        ] {
            assert_eq!(text(base64(plain.as_bytes(), STANDARD, true)), padded);
            assert_eq!(text(base64(plain.as_bytes(), STANDARD, false)), bare);
        }
        assert_eq!(text(base64(b"\xfb\xff\xfe", STANDARD, true)), "+//+");
        assert_eq!(text(base64(b"\xfb\xff\xfe", URL_SAFE, true)), "-__-");
    }

    #[test]
    fn a_value_is_recognised_at_every_offset_of_a_longer_base64_text() {
        let value = "sk_live_0123456789";
        for before in 0..7 {
            for after in 0..4 {
                let longer = format!("{}{value}{}", "u".repeat(before), ":".repeat(after));
                let encoded = text(base64(longer.as_bytes(), STANDARD, true));
                let inside = text(base64_inside(value.as_bytes(), STANDARD, before % 3));
                assert!(encoded.contains(&inside), "{before} {after}");
                assert!(inside.len() >= value.len());
            }
        }
    }

    #[test]
    fn percent_encoding_leaves_what_needs_none() {
        assert_eq!(percent(b"a b+/=!~", "-._~", true), "a%20b%2B%2F%3D%21~");
        assert_eq!(percent(b"a b+/=!~", "-._~!*'()", false), "a%20b%2b%2f%3d!~");
        assert_eq!(text(hex(b"a/", "%", false)), "%61%2f");
        assert_eq!(text(hex(b"a/", "", true)), "612F");
    }
}
