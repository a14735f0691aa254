//! A signature and its text.

use std::fmt;
use std::str::FromStr;

use super::error::SignatureError;
use super::hex::{bytes, hex};
use super::statement::Statement;

/// A statement that a component may run with its grants, signed. It names both,
/// so that a signature for something else can be told from a forged one.
///
/// Its text is one line: the [`Statement`], and `ed25519=...` with the
/// signature in hexadecimal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    pub(super) statement: Statement,
    pub(super) bytes: [u8; 64],
}

impl Signature {
    /// A signature that was made elsewhere, over [`Statement::bytes`].
    pub fn new(statement: Statement, bytes: [u8; 64]) -> Signature {
        Signature { statement, bytes }
    }

    /// The signed statement.
    pub fn statement(&self) -> &Statement {
        &self.statement
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
