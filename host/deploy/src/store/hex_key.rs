//! Keys as operators write them: 64 hexadecimal digits.

use std::fmt;

use zeroize::Zeroizing;

/// The bytes of a key.
pub(super) type Bytes = Zeroizing<[u8; 32]>;

/// A text that is not a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct KeyError;

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key is 64 hexadecimal digits: `openssl rand -hex 32` makes one")
    }
}

impl std::error::Error for KeyError {}

/// The error does not repeat the text.
pub(super) fn parse(text: &str) -> Result<Bytes, KeyError> {
    let mut key = Bytes::default();
    let digits = text.as_bytes();
    if digits.len() != 2 * key.len() || !digits.iter().all(u8::is_ascii_hexdigit) {
        return Err(KeyError);
    }
    for (byte, pair) in key.iter_mut().zip(digits.chunks(2)) {
        let pair = std::str::from_utf8(pair).map_err(|_| KeyError)?;
        *byte = u8::from_str_radix(pair, 16).map_err(|_| KeyError)?;
    }
    Ok(key)
}
