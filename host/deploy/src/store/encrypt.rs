//! Sessions encrypted at rest, with XChaCha20-Poly1305 and the operator's key.

use std::fmt;
use std::str::FromStr;

use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{KeyInit, XChaCha20Poly1305, XNonce};
use sha2::{Digest, Sha256};

use super::hex_key::{self, KeyError};

/// The beginning of an encrypted file; the key's id follows.
const HEAD: &str = "sealed-1:";
/// The bytes of a nonce: enough that random ones never collide.
const NONCE: usize = 24;

/// A key for encrypting sessions.
#[derive(Clone)]
pub struct SessionKey {
    cipher: XChaCha20Poly1305,
    /// Identifies the key without revealing anything about it.
    id: String,
}

impl SessionKey {
    /// A key from 64 hexadecimal digits; `openssl rand -hex 32` makes one.
    ///
    /// # Errors
    ///
    /// Any other text. The error does not repeat it.
    pub fn parse(text: &str) -> Result<SessionKey, KeyError> {
        let key = hex_key::parse(text)?;
        let hash = Sha256::new().chain_update("session key").chain_update(*key);
        let hash = hash.finalize();
        let id = hash.iter().take(8).map(|byte| format!("{byte:02x}"));
        Ok(SessionKey {
            cipher: XChaCha20Poly1305::new((&*key).into()),
            id: id.collect(),
        })
    }

    /// A text as it is stored under this name.
    pub(super) fn seal(&self, name: &str, text: &str) -> std::io::Result<Vec<u8>> {
        let mut nonce = [0; NONCE];
        getrandom::fill(&mut nonce).map_err(std::io::Error::other)?;
        let payload = Payload {
            msg: text.as_bytes(),
            aad: name.as_bytes(),
        };
        let sealed = self.cipher.encrypt(&XNonce::from(nonce), payload);
        let sealed = sealed.map_err(|_| std::io::Error::other("it can't be encrypted"))?;
        let mut file = format!("{HEAD}{}\n", self.id).into_bytes();
        file.extend(nonce);
        file.extend(sealed);
        Ok(file)
    }

    fn open(&self, name: &str, sealed: &[u8]) -> Option<String> {
        let (nonce, sealed) = sealed.split_first_chunk::<NONCE>()?;
        let payload = Payload {
            msg: sealed,
            aad: name.as_bytes(),
        };
        let text = self.cipher.decrypt(&XNonce::from(*nonce), payload).ok()?;
        String::from_utf8(text).ok()
    }
}

impl FromStr for SessionKey {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<SessionKey, KeyError> {
        SessionKey::parse(text)
    }
}

impl fmt::Debug for SessionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SessionKey({})", self.id)
    }
}

/// The content of a file, with these keys.
pub(super) enum Opened {
    /// It is not encrypted.
    Plain,
    /// Its text, and whether the first key was used.
    Text(String, bool),
    /// It was encrypted with none of these keys.
    OtherKey,
    /// It was changed since.
    Damaged,
}

/// Opens a file of this name.
pub(super) fn open(keys: &[SessionKey], name: &str, file: &[u8]) -> Opened {
    let Some(rest) = file.strip_prefix(HEAD.as_bytes()) else {
        return Opened::Plain;
    };
    let mut parts = rest.splitn(2, |byte| *byte == b'\n');
    let (Some(id), Some(sealed)) = (parts.next(), parts.next()) else {
        return Opened::Damaged;
    };
    let Some(at) = keys.iter().position(|key| key.id.as_bytes() == id) else {
        return Opened::OtherKey;
    };
    let text = keys.get(at).and_then(|key| key.open(name, sealed));
    text.map_or(Opened::Damaged, |text| Opened::Text(text, at == 0))
}
