//! Signatures over a component and everything that it is granted.

mod error;
mod expiry;
mod key;
mod statement;
#[cfg(test)]
mod tests;

use std::fmt;
use std::str::FromStr;
use std::time::SystemTime;

pub use error::SignatureError;
pub use expiry::Expiry;
pub use key::{SigningKey, TrustedKey, VerifyingKey};
pub use statement::Statement;

/// Says that a component may run with what it is granted. It names both, so that
/// a signature for something else can be told from a forged one.
///
/// Its text is one line: the [`Statement`], and `ed25519=...` with the signature
/// in hexadecimal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    statement: Statement,
    bytes: [u8; 64],
}

impl Signature {
    /// A signature that was made elsewhere, over [`Statement::bytes`].
    pub fn new(statement: Statement, bytes: [u8; 64]) -> Signature {
        Signature { statement, bytes }
    }

    /// What it says.
    pub fn statement(&self) -> &Statement {
        &self.statement
    }

    /// Checks that one of the keys has signed this component with these grants,
    /// and that key and signature count at this time.
    ///
    /// # Errors
    ///
    /// If none has, and what was signed instead if something was.
    pub fn verify(
        &self,
        keys: &[TrustedKey],
        digest: &str,
        grants: &str,
        now: SystemTime,
    ) -> Result<(), SignatureError> {
        let said = &self.statement;
        let signed = said.bytes();
        let signature = ed25519_dalek::Signature::from_bytes(&self.bytes);
        let genuine = |key: &&TrustedKey| key.key().0.verify_strict(&signed, &signature).is_ok();
        let mut counts = Err(SignatureError::Wrong);
        for key in keys.iter().filter(genuine) {
            counts = key.covers(said, now);
            if counts.is_ok() {
                break;
            }
        }
        counts?;
        if let Some(at) = said.expires.filter(|at| at.is_over(now)) {
            return Err(SignatureError::Expired { at });
        }
        if said.component != digest {
            return Err(SignatureError::AnotherComponent {
                signed: said.component.clone(),
                found: digest.to_owned(),
            });
        }
        if said.grants != grants {
            return Err(SignatureError::OtherGrants {
                signed: said.grants.clone(),
                found: grants.to_owned(),
            });
        }
        Ok(())
    }
}

impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ed25519=", self.statement)?;
        hex(f, &self.bytes)
    }
}

impl FromStr for Signature {
    type Err = SignatureError;

    fn from_str(text: &str) -> Result<Signature, SignatureError> {
        let words = text.split_ascii_whitespace();
        let words: Option<Vec<_>> = words.map(|word| word.split_once('=')).collect();
        let words = words.ok_or(SignatureError::Malformed)?;
        let (statement, signature) = match &words[..] {
            [("component", _), ("policy", _), ("ed25519", _)] => {
                return Err(SignatureError::Outdated);
            }
            [
                ("component", component),
                ("grants", grants),
                rest @ ..,
                last,
            ] => {
                let mut statement = Statement::new(*component, *grants);
                let mut rest = rest.iter().peekable();
                if let Some((_, version)) = rest.next_if(|(key, _)| *key == "version") {
                    statement = statement.version(version)?;
                }
                if let Some((_, expires)) = rest.next_if(|(key, _)| *key == "expires") {
                    statement = statement.expires(expires.parse()?);
                }
                match rest.next() {
                    None => (statement, last),
                    Some(_) => return Err(SignatureError::Malformed),
                }
            }
            _ => return Err(SignatureError::Malformed),
        };
        match signature {
            ("ed25519", digits) => {
                let bytes = bytes(digits).ok_or(SignatureError::Malformed)?;
                Ok(Signature { statement, bytes })
            }
            _ => Err(SignatureError::Malformed),
        }
    }
}

fn hex(f: &mut fmt::Formatter<'_>, bytes: &[u8]) -> fmt::Result {
    bytes.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
}

fn bytes<const N: usize>(digits: &str) -> Option<[u8; N]> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let (pairs, rest) = digits.as_bytes().as_chunks::<2>();
    if pairs.len() != N || !rest.is_empty() {
        return None;
    }
    let mut bytes = [0; N];
    for (byte, [high, low]) in bytes.iter_mut().zip(pairs) {
        *byte = u8::try_from(digit(*high)? << 4 | digit(*low)?).ok()?;
    }
    Some(bytes)
}
