//! Digests as operators write them.

use std::fmt::Write;

use sha2::{Digest, Sha256};

/// `sha256:` and the digest in lower-case hexadecimal.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    let mut text = "sha256:".to_owned();
    for byte in Sha256::digest(bytes) {
        _ = write!(text, "{byte:02x}");
    }
    text
}
