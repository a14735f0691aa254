//! SHA-256 digests and their text form.

use std::fmt::Write;

use sha2::Digest as _;

/// A SHA-256 digest.
pub type Digest = [u8; 32];

/// The SHA-256 digest of `bytes`.
pub fn sha256(bytes: &[u8]) -> Digest {
    sha2::Sha256::digest(bytes).into()
}

/// `sha256:` and 64 lower-case hexadecimal digits.
pub fn show(digest: &Digest) -> String {
    let mut text = String::from("sha256:");
    for byte in digest {
        // Writing to a string can't fail.
        _ = write!(text, "{byte:02x}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{sha256, show};

    #[test]
    fn a_digest_is_the_one_of_the_standard() {
        let empty = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(show(&sha256(b"")), empty);
    }
}
