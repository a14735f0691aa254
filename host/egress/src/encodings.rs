//! The encodings of a secret that are not made of escapes: see
//! [`crate::scrub`].
//!
//! All are in lower case, as is the text that is searched for them.

use base64::Engine;
use base64::engine::general_purpose::{GeneralPurpose, STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use zeroize::Zeroizing;

use crate::escapes::{LAYERS, Unescape, units};
use crate::secrets::MIN_SECRET;

/// The fewest letters and digits, a digit among them, that a part of a value
/// needs to be searched for by itself. A shorter part, or a word, could stand
/// in any response.
const MIN_RUN: usize = 16;

/// Bytes that are a secret, or nearly: wiped when they are dropped.
pub(crate) type Encoding = Zeroizing<Vec<u8>>;

/// The value itself, with spaces as forms write them; its unescaped form, if it
/// looks escaped and an encoder has no reason to escape it again; and its
/// longest run of characters that no encoder changes.
pub(crate) fn plain(value: &str) -> Vec<Encoding> {
    let value = Zeroizing::new(value.to_ascii_lowercase());
    let mut all = vec![encoding(value.bytes())];
    if value.contains(' ') {
        all.push(encoding(value.replace(' ', "+").bytes()));
    }
    let mut layer = encoding(value.bytes());
    for _ in 0..LAYERS {
        let mut less = Zeroizing::new(Vec::with_capacity(layer.len()));
        less.extend(Unescape::new(units(&layer)).map(|unit| unit.byte.to_ascii_lowercase()));
        if less.len() < MIN_SECRET || less == layer {
            break;
        }
        all.push(less.clone());
        layer = less;
    }
    let runs = value.split(|char: char| !char.is_ascii_alphanumeric());
    let longest = runs.max_by_key(|run| run.len()).unwrap_or_default();
    if longest.len() >= MIN_RUN && longest.bytes().any(|byte| byte.is_ascii_digit()) {
        all.push(encoding(longest.bytes()));
    }
    all
}

/// Encodings without spaces, or with spaces that have no meaning: Base64 and
/// lists of numbers.
pub(crate) fn packed(value: &str) -> Vec<Encoding> {
    let mut all = vec![numbers(value.as_bytes())];
    for alphabet in [STANDARD_NO_PAD, URL_SAFE_NO_PAD] {
        all.extend((0..3).map(|offset| base64_inside(value.as_bytes(), &alphabet, offset)));
        all.extend(["", "=="].map(|padding| base64(value.as_bytes(), &alphabet, padding)));
    }
    all
}

/// Hexadecimal digits without separators.
pub(crate) fn hex(value: &str) -> Encoding {
    let digit = |half: u8| char::from_digit(u32::from(half), 16).unwrap_or_default() as u8;
    let mut digits = Zeroizing::new(Vec::with_capacity(value.len() * 2));
    digits.extend(
        value
            .bytes()
            .flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]),
    );
    digits
}

/// Sized beforehand, so that growing leaves no copies behind.
fn encoding(bytes: impl ExactSizeIterator<Item = u8>) -> Encoding {
    let mut encoding = Zeroizing::new(Vec::with_capacity(bytes.len()));
    encoding.extend(bytes);
    encoding
}

/// The bytes as a list of decimal numbers, as JSON writes them: `115,107`.
fn numbers(bytes: &[u8]) -> Encoding {
    let mut text = Zeroizing::new(Vec::with_capacity(bytes.len() * 4));
    for byte in bytes {
        if !text.is_empty() {
            text.push(b',');
        }
        let digits = [byte / 100, byte / 10 % 10, byte % 10];
        let zeros = digits
            .iter()
            .take(2)
            .take_while(|digit| **digit == 0)
            .count();
        text.extend(digits.iter().skip(zeros).map(|digit| b'0' + digit));
    }
    text
}

/// The Base64 characters of `bytes` inside a longer text, when `offset` bytes
/// (modulo 3) come before them. Characters that share bits with a neighbour are
/// left out.
fn base64_inside(bytes: &[u8], alphabet: &GeneralPurpose, offset: usize) -> Encoding {
    let mut longer = Zeroizing::new(Vec::with_capacity(offset + bytes.len()));
    longer.resize(offset, 0);
    longer.extend_from_slice(bytes);
    let whole = base64(&longer, alphabet, "");
    let first = (offset * 8).div_ceil(6);
    let end = longer.len() * 8 / 6;
    let inside = whole.get(first..end).unwrap_or_default();
    encoding(inside.iter().copied())
}

/// `bytes` alone in Base64, with `padding` if needed, in lower case.
fn base64(bytes: &[u8], alphabet: &GeneralPurpose, padding: &str) -> Encoding {
    let length = (bytes.len() * 8).div_ceil(6);
    // With room for padding, so that growing leaves no copies behind.
    let mut text = Zeroizing::new(Vec::with_capacity(length + 2));
    text.resize(length, 0);
    // The buffer is as long as the text will be, so this can't fail.
    _ = alphabet.encode_slice(bytes, text.as_mut_slice());
    text.make_ascii_lowercase();
    text.extend(padding.bytes().take((4 - length % 4) % 4));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(encoding: &Encoding) -> &str {
        std::str::from_utf8(encoding).unwrap()
    }

    #[test]
    fn a_value_is_recognised_at_every_offset_of_a_longer_base64_text() {
        let plain = "uuuuuusk_live_0123456789::::";
        let encoded = "dXV1dXV1c2tfbGl2ZV8wMTIzNDU2Nzg5Ojo6Og==".to_ascii_lowercase();
        for before in 0..7 {
            for after in 0..4 {
                let value = &plain[before..plain.len() - after];
                let inside = base64_inside(value.as_bytes(), &STANDARD_NO_PAD, before % 3);
                assert!(encoded.contains(text(&inside)), "{before} {after}");
                assert!(inside.len() >= value.len());
            }
        }
        for (plain, padded) in [
            ("f", "zg=="),
            ("fo", "zm8="),
            ("foo", "zm9v"),
            ("foob", "zm9vyg=="),
        ] {
            assert_eq!(
                text(&base64(plain.as_bytes(), &STANDARD_NO_PAD, "==")),
                padded
            );
            let bare = base64(plain.as_bytes(), &STANDARD_NO_PAD, "");
            assert_eq!(text(&bare), padded.trim_end_matches('='));
        }
        let bytes = b"\xfb\xff\xfe";
        assert_eq!(text(&base64_inside(bytes, &STANDARD_NO_PAD, 0)), "+//+");
        assert_eq!(text(&base64_inside(bytes, &URL_SAFE_NO_PAD, 0)), "-__-");
    }

    #[test]
    fn bytes_are_numbers_and_digits() {
        assert_eq!(text(&numbers(b"\x05k~\x80")), "5,107,126,128");
        assert_eq!(text(&hex("aZ/~")), "615a2f7e");
    }

    #[test]
    fn only_a_part_that_can_not_be_a_word_stands_for_the_whole() {
        for (value, expected) in [
            (
                "sk_live_0123456789abcdEF",
                &["sk_live_0123456789abcdef", "0123456789abcdef"][..],
            ),
            ("sk_live_0123456789abcde", &["sk_live_0123456789abcde"]),
            ("internationalisation-9", &["internationalisation-9"]),
            ("correct horse", &["correct horse", "correct+horse"]),
        ] {
            let found: Vec<_> = plain(value)
                .iter()
                .map(|one| text(one).to_owned())
                .collect();
            assert_eq!(found, expected);
        }
    }
}
