//! Digests as operators write them.

use std::fmt::Write;

use sha2::Digest as _;

/// A SHA-256.
pub(crate) type Digest = [u8; 32];

/// The SHA-256 of some bytes.
pub(crate) fn digest(bytes: &[u8]) -> Digest {
    sha2::Sha256::digest(bytes).into()
}

/// `sha256:` and the digest in lower-case hexadecimal.
pub(crate) fn show(digest: &Digest) -> String {
    let mut text = "sha256:".to_owned();
    for byte in digest {
        _ = write!(text, "{byte:02x}");
    }
    text
}

/// The digest of some bytes, shown.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    show(&digest(bytes))
}

#[cfg(test)]
mod tests {
    use super::sha256;

    #[test]
    fn a_digest_is_the_one_of_the_standard() {
        let empty = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(sha256(b""), empty);
    }
}
