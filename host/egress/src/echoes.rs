//! Where secrets are in a text, and the text without them.

use std::ops::Range;

/// What replaces a secret, in bytes and in UTF-16.
const BLANK: &[u8] = b"***";
const WIDE_BLANK: &[u8] = b"*\0*\0*";

/// The places of secrets in a text.
#[derive(Default)]
pub(crate) struct Echoes {
    places: Vec<Range<usize>>,
    /// Whether a response with one of them is withheld as a whole.
    pub(crate) withhold: bool,
}

impl Echoes {
    /// Adds a place. Two that overlap are merged, so that no part of the second
    /// stays behind.
    pub(crate) fn add(&mut self, place: Range<usize>, withhold: bool) {
        self.withhold |= withhold;
        match self.places.last_mut() {
            Some(last) if place.start < last.end && last.start < place.end => {
                last.start = last.start.min(place.start);
                last.end = last.end.max(place.end);
            }
            _ => self.places.push(place),
        }
    }

    /// The places in order and without overlaps, if there are any.
    pub(crate) fn sorted(mut self) -> Option<Echoes> {
        if self.places.is_empty() {
            return None;
        }
        let mut places = std::mem::take(&mut self.places);
        places.sort_unstable_by_key(|place| (place.start, place.end));
        let mut kept: Vec<Range<usize>> = Vec::with_capacity(places.len());
        for place in places {
            match kept.last_mut() {
                Some(last) if place.start < last.end => last.end = last.end.max(place.end),
                _ => kept.push(place),
            }
        }
        self.places = kept;
        Some(self)
    }

    /// The text with these places blanked.
    pub(crate) fn blank(&self, bytes: &[u8]) -> Vec<u8> {
        let mut clean = Vec::with_capacity(bytes.len());
        let mut done = 0;
        for place in &self.places {
            clean.extend_from_slice(bytes.get(done..place.start).unwrap_or_default());
            let echo = bytes.get(place.clone()).unwrap_or_default();
            let wide = memchr::memchr(0, echo).is_some();
            clean.extend_from_slice(if wide { WIDE_BLANK } else { BLANK });
            done = place.end;
        }
        clean.extend_from_slice(bytes.get(done..).unwrap_or_default());
        clean
    }
}
