//! Secrets: values that only a [`SecretSource`] and the outgoing request hold.

use std::fmt;
use std::sync::Arc;

use zeroize::Zeroizing;

/// A secret's value. Cheap to clone; wiped from memory with its last clone;
/// `Debug` does not show the value.
#[derive(Clone)]
pub struct Secret(Arc<Zeroizing<String>>);

impl Secret {
    /// Takes a value.
    ///
    /// # Errors
    ///
    /// A value that is empty, or holds a control character or anything outside
    /// ASCII, can't be a header's value. The source must remove a trailing
    /// newline (as files have it).
    pub fn new(value: impl Into<String>) -> Result<Secret, SecretError> {
        let value = Zeroizing::new(value.into());
        if value.is_empty() {
            return Err(SecretError::new("the value is empty"));
        }
        if !value.bytes().all(|byte| (0x20..0x7f).contains(&byte)) {
            return Err(SecretError::new(
                "the value holds characters that no HTTP header may carry",
            ));
        }
        Ok(Secret(Arc::new(value)))
    }

    /// The value itself, for the outgoing request and for blanking echoes out.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(***)")
    }
}

/// Where a secret's value comes from. Called when a node is loaded, so that a
/// missing secret is found before anything runs.
pub trait SecretSource: Send + Sync {
    /// The value.
    ///
    /// # Errors
    ///
    /// A sentence that says why there is no value. It must not hold any part of
    /// the value.
    fn fetch(&self) -> Result<Secret, SecretError>;
}

impl SecretSource for Secret {
    fn fetch(&self) -> Result<Secret, SecretError> {
        Ok(self.clone())
    }
}

/// Why a secret's value could not be had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretError(String);

impl SecretError {
    /// An error with this message, which must not hold any part of the value.
    pub fn new(reason: impl Into<String>) -> SecretError {
        SecretError(reason.into())
    }
}

impl fmt::Display for SecretError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for SecretError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_never_shows_a_value() {
        let secret = Secret::new("hunter2").unwrap();
        assert_eq!(
            format!("{secret:?} {:?}", Some(&secret)),
            "Secret(***) Some(Secret(***))"
        );
    }

    #[test]
    fn a_value_that_could_split_a_header_is_refused() {
        for value in ["", "a\r\nx: y", "a\n", "a\0", "clé"] {
            assert!(Secret::new(value).is_err(), "{value:?}");
        }
        assert!(Secret::new("a b:c=").is_ok());
    }
}
