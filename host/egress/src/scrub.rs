//! Blanks secrets out of what a node can read.
//!
//! An upstream that repeats a request in its response would give the node the
//! key that the gate put in. So every response and every log line is searched
//! for the values of all secrets of the revision, and they are replaced by
//! `***`. The text is normalised first, then searched:
//!
//! - Escapes are removed ([`crate::escapes`]): those of JSON and programming
//!   languages, of HTML and XML, and of URLs, up to three layers in any
//!   mixture. Each layer is searched separately.
//! - Case is ignored, and so are the zeros of UTF-16.
//! - Whitespace within Base64 and within lists of numbers is ignored.
//! - Anything between hexadecimal digits is ignored, unless it is a letter or a
//!   digit itself.
//!
//! The search looks for the value; the value in Base64, standard and URL-safe,
//! alone or anywhere inside a longer encoded text (there, characters that share
//! bits with a neighbour stay); its bytes as hexadecimal or decimal numbers;
//! and its longest run of letters and digits, if that is long enough not to
//! occur by chance.
//!
//! Time is linear in the text for every text. Memory, apart from the list of
//! places to blank, is bounded by the secrets.
//!
//! This catches accidental echoes, not deliberate ones: an upstream that wants
//! to give the key away can always encode it in an unexpected way, or cut it in
//! two. The operator gave it the key; it must only not pass it on by accident.

use std::borrow::Cow;

use crate::echoes::Echoes;
use crate::encodings::{self, Encoding};
use crate::escapes::{self, Unescape, units};
use crate::search::{Searches, Sweep};

/// Searches for the secrets of a revision; built once, when the revision is
/// loaded.
pub(crate) struct Scrubber {
    searches: Searches,
    shortest: usize,
}

/// A value to search for.
pub(crate) struct Hidden<'v> {
    pub(crate) value: &'v str,
    /// Whether a response with an echo of it is withheld altogether.
    pub(crate) withhold: bool,
}

impl Scrubber {
    pub(crate) fn new<'v>(hidden: impl Iterator<Item = Hidden<'v>>) -> Scrubber {
        let mut all: [Vec<(Encoding, bool)>; 3] = Default::default();
        let [plain, packed, hex] = &mut all;
        for Hidden { value, withhold } in hidden {
            let with = |encoding| (encoding, withhold);
            plain.extend(encodings::plain(value).into_iter().map(with));
            packed.extend(encodings::packed(value).into_iter().map(with));
            hex.push((encodings::hex(value), withhold));
        }
        let shortest = plain.iter().map(|(encoding, _)| encoding.len()).min();
        let [plain, packed, hex] = all;
        Scrubber {
            searches: Searches::new(plain, packed, hex),
            shortest: shortest.unwrap_or(usize::MAX),
        }
    }

    /// The text without secrets; borrowed if there were none.
    pub(crate) fn text<'a>(&self, text: &'a str) -> Cow<'a, str> {
        match self.clean(text.as_bytes()) {
            // Secrets and blanks are ASCII, so UTF-8 stays UTF-8.
            Some(bytes) => Cow::Owned(String::from_utf8_lossy(&bytes).into_owned()),
            None => Cow::Borrowed(text),
        }
    }

    /// The bytes without secrets, if there were any.
    pub(crate) fn clean(&self, bytes: &[u8]) -> Option<Vec<u8>> {
        self.find(bytes).map(|echoes| echoes.blank(bytes))
    }

    /// Where secrets are, if there are any.
    pub(crate) fn find(&self, bytes: &[u8]) -> Option<Echoes> {
        if bytes.len() < self.shortest {
            return None;
        }
        let mut echoes = Echoes::default();
        // Most texts hold no zeros and can be searched in place.
        let wide = memchr::memchr(0, bytes).is_some();
        let mut sweep = Sweep::new(&self.searches, &mut echoes, bytes.len());
        if wide {
            sweep.units(units(bytes));
        } else {
            sweep.run(bytes, 0..bytes.len());
        }
        let Some(first) = escapes::next(bytes, 0) else {
            return echoes.sorted();
        };
        let mut sweep = Sweep::new(&self.searches, &mut echoes, bytes.len());
        let nested = if wide {
            let mut first = Unescape::new(units(bytes));
            sweep.units(&mut first);
            first.escapes() > 0
        } else {
            sweep.unescaped(bytes, first)
        };
        if nested {
            let mut second = Unescape::new(Unescape::new(units(bytes)));
            Sweep::new(&self.searches, &mut echoes, bytes.len()).units(&mut second);
            if second.escapes() > 0 {
                let third = Unescape::new(Unescape::new(Unescape::new(units(bytes))));
                Sweep::new(&self.searches, &mut echoes, bytes.len()).units(third);
            }
        }
        echoes.sorted()
    }
}
