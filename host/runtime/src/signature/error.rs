//! What is wrong with a signature.

use std::fmt;

use super::expiry::{Expiry, ExpiryError};

/// What is wrong with a signature, or with a key.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SignatureError {
    /// A signature is required, and there is none.
    Missing,
    /// There is a signature, and no key to check it with.
    NoKey,
    /// It is not a valid signature text.
    Malformed,
    /// It is over the component and its rules only, as earlier versions of this
    /// library made it.
    Outdated,
    /// A key is not valid, or is worthless.
    Key,
    /// A private key is not valid.
    PrivateKey,
    /// A version is not valid.
    Version,
    /// An expiry is not valid.
    Expiry,
    /// None of the keys has made this signature.
    Wrong,
    /// It is genuine, but for another component.
    AnotherComponent {
        /// The digest that was signed.
        signed: String,
        /// The component's digest.
        found: String,
    },
    /// It is genuine, but for other grants.
    OtherGrants {
        /// The hash of the grants that were signed.
        signed: String,
        /// The hash of the node's grants.
        found: String,
    },
    /// It is genuine, but for an earlier version than the key may sign.
    OldVersion {
        /// The version that was signed; `None` if there was none.
        signed: Option<String>,
        /// The lowest version allowed.
        least: String,
    },
    /// It was genuine, but has expired.
    Expired {
        /// When it expired.
        at: Expiry,
    },
    /// The key has expired.
    KeyExpired {
        /// When it expired.
        at: Expiry,
    },
}

impl fmt::Display for SignatureError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SignatureError::Missing => f.write_str("a signature is required, and there is none"),
            SignatureError::NoKey => {
                f.write_str("there is a signature, and no key to check it with")
            }
            SignatureError::Malformed => f.write_str(
                "not a signature: one reads `component=sha256:... grants=sha256:... ed25519=...`",
            ),
            SignatureError::Outdated => f.write_str(
                "the signature covers only the component and its rules: sign everything that is granted with `hospes sign`",
            ),
            SignatureError::Key => {
                f.write_str("not a key: one reads `ed25519:` and 64 hexadecimal digits")
            }
            SignatureError::PrivateKey => f.write_str(
                "not a private key: one is what `openssl genpkey -algorithm ed25519` writes",
            ),
            SignatureError::Version => f.write_str("not a version: one reads `1.4.0`"),
            SignatureError::Expiry => ExpiryError.fmt(f),
            SignatureError::Wrong => f.write_str("none of the keys has made the signature"),
            SignatureError::AnotherComponent { signed, found } => write!(
                f,
                "the signature is for the component {signed}, and this one is {found}"
            ),
            SignatureError::OtherGrants { signed, found } => write!(
                f,
                "the signature is for the grants {signed}, and these are {found}"
            ),
            SignatureError::OldVersion { signed, least } => match signed {
                Some(signed) => write!(
                    f,
                    "the signature is for version {signed}, and its key counts from {least} on"
                ),
                None => write!(
                    f,
                    "the signature names no version, and its key counts from {least} on"
                ),
            },
            SignatureError::Expired { at } => write!(f, "the signature has expired at {at}"),
            SignatureError::KeyExpired { at } => {
                write!(f, "the key of the signature has expired at {at}")
            }
        }
    }
}

impl std::error::Error for SignatureError {}

impl From<ExpiryError> for SignatureError {
    fn from(ExpiryError: ExpiryError) -> SignatureError {
        SignatureError::Expiry
    }
}
