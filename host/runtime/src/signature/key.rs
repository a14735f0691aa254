//! Keys: those that sign, and those that are trusted.

use std::fmt;
use std::str::FromStr;
use std::time::SystemTime;

use ed25519_dalek::Signer;
use ed25519_dalek::pkcs8::spki::der::pem::LineEnding;
use ed25519_dalek::pkcs8::{DecodePrivateKey, EncodePrivateKey};
use semver::Version;
use zeroize::Zeroizing;

use super::error::SignatureError;
use super::expiry::Expiry;
use super::hex::{bytes, hex};
use super::signed::Signature;
use super::statement::{Statement, parse_version};

/// A public key. Its text is `ed25519:` and 64 hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifyingKey(pub(super) ed25519_dalek::VerifyingKey);

impl VerifyingKey {
    /// A key from its bytes.
    ///
    /// # Errors
    ///
    /// Bytes that are not a key, or a key for which anyone can forge
    /// signatures.
    pub fn from_bytes(bytes: &[u8; 32]) -> Result<VerifyingKey, SignatureError> {
        match ed25519_dalek::VerifyingKey::from_bytes(bytes) {
            Ok(key) if !key.is_weak() => Ok(VerifyingKey(key)),
            _ => Err(SignatureError::Key),
        }
    }
}

impl fmt::Display for VerifyingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ed25519:")?;
        hex(f, self.0.as_bytes())
    }
}

impl FromStr for VerifyingKey {
    type Err = SignatureError;

    fn from_str(text: &str) -> Result<VerifyingKey, SignatureError> {
        let digits = text.trim().strip_prefix("ed25519:");
        let bytes = digits.and_then(bytes).ok_or(SignatureError::Key)?;
        VerifyingKey::from_bytes(&bytes)
    }
}

/// A key whose signatures are trusted, for which versions, and until when.
///
/// Its text is the key, followed by `min-version=1.4.0` and `expires=...` if it
/// has them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrustedKey {
    key: VerifyingKey,
    min_version: Option<Version>,
    expires: Option<Expiry>,
}

impl TrustedKey {
    /// Trusts everything that this key has signed, for every version and for
    /// ever.
    pub fn new(key: VerifyingKey) -> TrustedKey {
        TrustedKey {
            key,
            min_version: None,
            expires: None,
        }
    }

    /// Trusts only signatures with this version or a later one, in the order of
    /// semver.org. Raise it to revoke what was signed before.
    ///
    /// # Errors
    ///
    /// [`SignatureError::Version`] if it is not a version.
    pub fn min_version(mut self, version: &str) -> Result<TrustedKey, SignatureError> {
        self.min_version = Some(parse_version(version)?);
        Ok(self)
    }

    /// Trusts nothing that is loaded at this time or later.
    #[must_use]
    pub fn expires(mut self, expires: Expiry) -> TrustedKey {
        self.expires = Some(expires);
        self
    }

    /// The key itself.
    pub fn key(&self) -> &VerifyingKey {
        &self.key
    }

    /// Checks whether the key is trusted for what it has signed.
    pub(super) fn covers(&self, said: &Statement, now: SystemTime) -> Result<(), SignatureError> {
        if let Some(at) = self.expires.filter(|at| at.is_over(now)) {
            return Err(SignatureError::KeyExpired { at });
        }
        match (&self.min_version, &said.version) {
            (Some(least), Some(signed)) if signed >= least => Ok(()),
            (Some(least), signed) => Err(SignatureError::OldVersion {
                signed: signed.as_ref().map(ToString::to_string),
                least: least.to_string(),
            }),
            (None, _) => Ok(()),
        }
    }
}

impl From<VerifyingKey> for TrustedKey {
    fn from(key: VerifyingKey) -> TrustedKey {
        TrustedKey::new(key)
    }
}

impl fmt::Display for TrustedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.key)?;
        if let Some(version) = &self.min_version {
            write!(f, " min-version={version}")?;
        }
        if let Some(expires) = &self.expires {
            write!(f, " expires={expires}")?;
        }
        Ok(())
    }
}

impl FromStr for TrustedKey {
    type Err = SignatureError;

    fn from_str(text: &str) -> Result<TrustedKey, SignatureError> {
        let mut words = text.split_ascii_whitespace();
        let mut key = TrustedKey::new(words.next().unwrap_or_default().parse()?);
        for word in words {
            key = match word.split_once('=') {
                Some(("min-version", version)) => key.min_version(version)?,
                Some(("expires", moment)) => key.expires(moment.parse()?),
                _ => return Err(SignatureError::Key),
            };
        }
        Ok(key)
    }
}

/// A private key. `Debug` does not show it.
#[derive(Clone)]
pub struct SigningKey(ed25519_dalek::SigningKey);

impl SigningKey {
    /// A key from its 32 secret bytes, which have to be random.
    pub fn from_bytes(bytes: &[u8; 32]) -> SigningKey {
        SigningKey(ed25519_dalek::SigningKey::from_bytes(bytes))
    }

    /// A key from the text that `openssl genpkey -algorithm ed25519` writes:
    /// PKCS #8 in PEM, not encrypted.
    ///
    /// # Errors
    ///
    /// [`SignatureError::PrivateKey`] for any other text.
    pub fn from_pem(text: &str) -> Result<SigningKey, SignatureError> {
        let key = ed25519_dalek::SigningKey::from_pkcs8_pem(text);
        key.map(SigningKey).map_err(|_| SignatureError::PrivateKey)
    }

    /// The key as PKCS #8 in PEM. The text is erased when it is dropped.
    ///
    /// # Errors
    ///
    /// None are known.
    pub fn to_pem(&self) -> Result<Zeroizing<String>, SignatureError> {
        let pem = self.0.to_pkcs8_pem(LineEnding::LF);
        pem.map_err(|_| SignatureError::PrivateKey)
    }

    /// The key that checks what this one signs.
    pub fn verifying_key(&self) -> VerifyingKey {
        VerifyingKey(self.0.verifying_key())
    }

    /// Signs a statement.
    pub fn sign(&self, statement: Statement) -> Signature {
        let bytes = self.0.sign(&statement.bytes()).to_bytes();
        Signature::new(statement, bytes)
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey(***)")
    }
}
