//! Blanks secrets out of what a node gets to see.
//!
//! An upstream that repeats a request in its answer would hand the node the
//! key that the gate put in. So every answer and every log line is searched
//! for the values of all secrets of the revision, and `***` stands in their
//! place. The text is normalised first, then searched:
//!
//! - Escapes are taken off ([`crate::escapes`]): of JSON and programming
//!   languages, of HTML and XML, of URLs, up to three layers of them, in any
//!   mixture. Each layer is searched by itself.
//! - Case does not count, nor do the zeros of UTF-16.
//! - Whitespace within Base64 and within lists of numbers does not count.
//! - Nothing that stands between the digits of hexadecimal counts, unless it is
//!   a letter or a digit itself.
//!
//! What is searched for is the value; the value in Base64, standard and URL-safe,
//! alone or anywhere inside a longer encoded text (there the characters that a
//! neighbour has bits in stay); its bytes as numbers, hexadecimal or decimal;
//! and its longest run of letters and digits, if that is long enough to be part
//! of nothing else.
//!
//! Time is linear in the text, whatever is in it, and memory beyond the places
//! that are blanked out is bounded by the secrets.
//!
//! This catches echoes, not conspiracies: an upstream that wants to give the
//! key away can always spell it in a way that nobody expects, or cut it in
//! two. It was handed the key by the operator; what it must not do is hand it
//! on by accident.

use std::borrow::Cow;

use crate::echoes::Echoes;
use crate::encodings::{self, Encoding};
use crate::escapes::{self, Unescape, units};
use crate::search::{Searches, Sweep};

/// Searches for the secrets of a revision; built once, when it is loaded.
pub(crate) struct Scrubber {
    searches: Searches,
    shortest: usize,
}

/// A value to be searched for.
pub(crate) struct Hidden<'v> {
    pub(crate) value: &'v str,
    /// Whether an answer with an echo of it is withheld altogether.
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
            // Secrets and blanks are ASCII, so what was UTF-8 still is.
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
        // Most texts hold no zeros, and can be searched in place.
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
