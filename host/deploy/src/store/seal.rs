//! The seal on a store's files: a keyed BLAKE3 hash over a file's kind, place and
//! content. Without the key, nobody can make or change a sealed file, or use it
//! for another node or generation.

use std::fmt;
use std::io;
use std::str::FromStr;

use zeroize::Zeroizing;

use super::hex_key::{self, Bytes, KeyError};
use super::layout::digest;

/// The first input of the hash, which separates it from other uses of the key.
const LABEL: &str = "hospes store 2";

/// The message about a wrong seal.
pub(super) const BROKEN: &str =
    "its seal does not match: it was changed or moved, or written without the store's key";

/// A key for sealing a store's files.
#[derive(Clone, PartialEq, Eq)]
pub struct StoreKey(Bytes);

/// A file with its mark in its first line.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    Trial,
    Session,
}

impl StoreKey {
    /// A key from 64 hexadecimal digits; `openssl rand -hex 32` makes one.
    ///
    /// # Errors
    ///
    /// Any other text. The error does not repeat it.
    pub fn parse(text: &str) -> Result<StoreKey, KeyError> {
        hex_key::parse(text).map(StoreKey)
    }

    pub(super) fn random() -> io::Result<StoreKey> {
        let mut key = Bytes::default();
        getrandom::fill(&mut *key).map_err(io::Error::other)?;
        Ok(StoreKey(key))
    }

    /// In the form that [`StoreKey::parse`] reads, with a newline.
    pub(super) fn to_text(&self) -> Zeroizing<String> {
        // Allocated in full, so that growing leaves no copy behind.
        let mut text = Zeroizing::new(String::with_capacity(2 * self.0.len() + 1));
        for nibble in self.0.iter().flat_map(|byte| [byte >> 4, byte & 15]) {
            text.extend(char::from_digit(nibble.into(), 16));
        }
        text.push('\n');
        text
    }

    /// `00000000000000000007-SEAL.json`: names in the order of generations.
    pub(super) fn file_name(&self, node: &str, generation: u64, text: &str) -> String {
        let place = generation.to_le_bytes();
        let seal = self.hash(&[
            "manifest".as_bytes(),
            node.as_bytes(),
            &place,
            text.as_bytes(),
        ]);
        format!("{generation:020}-{}.json", seal.to_hex())
    }

    /// The first line of a file with this name.
    pub(super) fn line(&self, kind: Kind, name: &str, text: &str) -> String {
        let kind = match kind {
            Kind::Trial => "trial",
            Kind::Session => "session",
        };
        let seal = self.hash(&[kind.as_bytes(), name.as_bytes(), text.as_bytes()]);
        format!("blake3:{}", seal.to_hex())
    }

    /// The seal of `DIR/form`.
    pub(super) fn form(&self, text: &str) -> String {
        self.hash(&[b"form", text.as_bytes()]).to_string()
    }

    /// Another key, for this purpose alone.
    pub(super) fn derive(&self, purpose: &str) -> [u8; 32] {
        self.hash(&[b"derive", purpose.as_bytes()]).into()
    }

    /// Each part follows its length, so that parts can't be confused.
    fn hash(&self, parts: &[&[u8]]) -> blake3::Hash {
        let mut hasher = blake3::Hasher::new_keyed(&self.0);
        for part in [LABEL.as_bytes()].iter().chain(parts) {
            hasher.update(&(part.len() as u64).to_le_bytes());
            hasher.update(part);
        }
        hasher.finalize()
    }
}

impl FromStr for StoreKey {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<StoreKey, KeyError> {
        StoreKey::parse(text)
    }
}

impl fmt::Debug for StoreKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StoreKey")
    }
}

/// How files are marked, so that changes are detected.
pub(super) enum Mark<'a> {
    /// With a hash that anyone can compute, in stores of the earlier form.
    Hash,
    /// With a seal.
    Seal(&'a StoreKey),
}

impl Mark<'_> {
    /// The name of a manifest's file.
    pub(super) fn file_name(&self, node: &str, generation: u64, text: &str) -> String {
        match self {
            Mark::Seal(key) => key.file_name(node, generation, text),
            Mark::Hash => {
                let hash = digest(text.as_bytes());
                let hash: String = hash.chars().skip("sha256:".len()).take(32).collect();
                format!("{generation:020}-{hash}.json")
            }
        }
    }

    /// The first line of a file with this name.
    pub(super) fn line(&self, kind: Kind, name: &str, text: &str) -> String {
        match self {
            Mark::Seal(key) => key.line(kind, name, text),
            Mark::Hash => digest(text.as_bytes()),
        }
    }
}
