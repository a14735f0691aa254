//! Blanks secrets out of what a node gets to see.
//!
//! An upstream that repeats a request in its answer would hand the node the
//! key that the gate put in. So every answer and every log line is searched
//! for the values of all secrets of the revision, and `***` stands in their
//! place. Found are the value itself, and the value in
//!
//! - Base64, standard and URL-safe, padded or not, alone or anywhere inside a
//!   longer encoded text (as in `Basic` authentication; there the characters
//!   that a neighbour has bits in stay);
//! - hexadecimal, in lower or upper case;
//! - percent-encoding, of what needs it or of every byte;
//! - a JSON string, where that differs.
//!
//! This catches echoes, not conspiracies: an upstream that wants to give the
//! key away can always spell it in a way that nobody expects, or cut it in
//! two. It was handed the key by the operator; what it must not do is hand it
//! on by accident.

use std::borrow::Cow;
use std::ops::Range;

use memchr::memmem::Finder;

use super::spellings;

/// What stands where a secret stood.
const BLANK: &[u8] = b"***";

/// Searches for the secrets of a revision; built once, when it is loaded.
pub(super) struct Scrubber {
    /// Enough to tell whether there is anything to blank out.
    some: Vec<Finder<'static>>,
    /// All that is blanked out then.
    all: Vec<Finder<'static>>,
    shortest: usize,
}

impl Scrubber {
    pub(super) fn new<'a>(secrets: impl Iterator<Item = &'a str>) -> Scrubber {
        let mut all: Vec<Vec<u8>> = secrets.flat_map(spellings::of).collect();
        all.sort();
        all.dedup();
        // Where the longer one is, the shorter one is too.
        let contains_another = |long: &Vec<u8>| {
            let inside = |short: &Vec<u8>| {
                short.len() < long.len() && Finder::new(short).find(long).is_some()
            };
            all.iter().any(inside)
        };
        let finder = |spelling: &Vec<u8>| Finder::new(spelling).into_owned();
        Scrubber {
            some: all
                .iter()
                .filter(|spelling| !contains_another(spelling))
                .map(finder)
                .collect(),
            all: all.iter().map(finder).collect(),
            shortest: all.iter().map(Vec::len).min().unwrap_or(usize::MAX),
        }
    }

    /// The text without secrets; borrowed if there were none.
    pub(super) fn text<'a>(&self, text: &'a str) -> Cow<'a, str> {
        match self.clean(text.as_bytes()) {
            // Spellings and blanks are ASCII, so what was UTF-8 still is.
            Some(bytes) => Cow::Owned(String::from_utf8_lossy(&bytes).into_owned()),
            None => Cow::Borrowed(text),
        }
    }

    /// The bytes without secrets, if there were any.
    pub(super) fn clean(&self, bytes: &[u8]) -> Option<Vec<u8>> {
        if bytes.len() < self.shortest
            || !self.some.iter().any(|finder| finder.find(bytes).is_some())
        {
            return None;
        }
        let mut found: Vec<Range<usize>> = Vec::new();
        for finder in &self.all {
            find_all(finder, bytes, &mut found);
        }
        found.sort_by_key(|range| range.start);
        let mut clean = Vec::with_capacity(bytes.len());
        let mut done = 0;
        for range in found {
            if range.start >= done {
                clean.extend_from_slice(bytes.get(done..range.start).unwrap_or_default());
                clean.extend_from_slice(BLANK);
            }
            done = done.max(range.end);
        }
        clean.extend_from_slice(bytes.get(done..).unwrap_or_default());
        Some(clean)
    }
}

/// Adds every occurrence. Two that overlap count as one, so that no end of the
/// second stays behind.
fn find_all(finder: &Finder<'_>, bytes: &[u8], found: &mut Vec<Range<usize>>) {
    let mut current: Option<Range<usize>> = None;
    let mut from = 0;
    while let Some(at) = bytes.get(from..).and_then(|rest| finder.find(rest)) {
        let start = from + at;
        let end = start + finder.needle().len();
        match &mut current {
            Some(range) if start < range.end => range.end = end,
            _ => found.extend(current.replace(start..end)),
        }
        from = start + 1;
    }
    found.extend(current);
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "sk_live/4f+9Q=\"z";

    fn scrub(text: &str) -> String {
        Scrubber::new([SECRET, "another-secret"].into_iter())
            .text(text)
            .into_owned()
    }

    #[test]
    fn every_spelling_is_blanked_out_whole() {
        for spelling in spellings::of(SECRET) {
            let spelling = String::from_utf8(spelling).unwrap();
            assert_eq!(scrub(&format!("<{spelling}>")), "<***>", "{spelling}");
        }
    }

    #[test]
    fn what_holds_no_secret_is_not_even_copied() {
        let scrubber = Scrubber::new([SECRET].into_iter());
        for text in [
            "",
            "short",
            "an honest text that is longer than the secret is",
            &SECRET[1..],
            "***",
        ] {
            assert!(matches!(scrubber.text(text), Cow::Borrowed(_)), "{text}");
        }
        assert!(matches!(
            Scrubber::new([].into_iter()).text(SECRET),
            Cow::Borrowed(_)
        ));
    }

    #[test]
    fn several_secrets_and_several_places_are_found() {
        assert_eq!(
            scrub(&format!("é{SECRET}another-secret and {SECRET}ü")),
            "é****** and ***ü"
        );
    }

    #[test]
    fn occurrences_that_overlap_leave_no_end_behind() {
        let scrubber = Scrubber::new(["abcabcab"].into_iter());
        assert_eq!(scrubber.text("xabcabcabcabcaby"), "x***y");
    }

    #[test]
    fn a_hostile_body_is_scrubbed_in_reasonable_time_and_memory() {
        let scrubber = Scrubber::new(["aaaaaaaa"].into_iter());
        assert_eq!(scrubber.clean(&vec![b'a'; 1 << 20]).unwrap(), BLANK);
    }

    #[test]
    fn the_value_inside_basic_authentication_is_found() {
        // base64 of `user:sk_live/4f+9Q="z:more`
        let basic = "dXNlcjpza19saXZlLzRmKzlRPSJ6Om1vcmU=";
        assert_eq!(scrub(&format!("Basic {basic}")), "Basic dXNlcjp***Om1vcmU=");
    }
}
