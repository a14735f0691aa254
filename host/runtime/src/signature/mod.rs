//! Signatures over a component and everything that it is granted.

mod error;
mod expiry;
mod hex;
mod key;
mod signed;
mod statement;
#[cfg(test)]
mod tests;
mod verify;

pub use error::SignatureError;
pub use expiry::{Expiry, ExpiryError};
pub use key::{SigningKey, TrustedKey, VerifyingKey};
pub use signed::Signature;
pub use statement::Statement;
