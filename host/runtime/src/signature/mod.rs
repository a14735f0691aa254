//! Signatures over a component and everything that it is granted.

mod error;
mod expiry;
#[cfg(feature = "signatures")]
mod hex;
#[cfg(feature = "signatures")]
mod key;
#[cfg(feature = "signatures")]
mod signed;
mod statement;
#[cfg(test)]
#[cfg(feature = "signatures")]
mod tests;
#[cfg(not(feature = "signatures"))]
mod unsigned;
#[cfg(feature = "signatures")]
mod verify;

pub use error::SignatureError;
pub use expiry::{Expiry, ExpiryError};
#[cfg(feature = "signatures")]
pub use key::{SigningKey, TrustedKey, VerifyingKey};
#[cfg(feature = "signatures")]
pub use signed::Signature;
pub use statement::Statement;
#[cfg(not(feature = "signatures"))]
pub(crate) use unsigned::{Signature, TrustedKey};
