//! What is wrong with a signature.

use std::fmt;

use super::expiry::{Expiry, ExpiryError};

/// What is wrong with a signature, or with a key.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SignatureError {
    /// One is required, and there is none.
    Missing,
    /// There is one, and no key to check it with.
    NoKey,
    /// It does not read as one.
    Malformed,
    /// It is over the component and its rules alone, as earlier versions of
    /// this library made them.
    Outdated,
    /// A key does not read as one, or is worthless.
    Key,
    /// A private key does not read as one.
    PrivateKey,
    /// A version does not read as one.
    Version,
    /// A moment does not read as one.
    Expiry,
    /// None of the keys has signed it.
    Wrong,
    /// It is genuine, and for another component.
    AnotherComponent {
        /// The digest that was signed.
        signed: String,
        /// The component's.
        found: String,
    },
    /// It is genuine, and for other grants.
    OtherGrants {
        /// The hash of the grants that were signed.
        signed: String,
        /// That of the node's.
        found: String,
    },
    /// It is genuine, and for an earlier version than the key may still sign.
    OldVersion {
        /// The version that was signed; nothing if none was.
        signed: Option<String>,
        /// The least one.
        least: String,
    },
    /// It was genuine.
    Expired {
        /// Until then.
        at: Expiry,
    },
    /// The key counted.
    KeyExpired {
        /// Until then.
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
