//! Searches the normal form of a text for the encodings of secrets, in one
//! pass.

use std::ops::Range;

use zeroize::Zeroizing;

use crate::automaton::{Automaton, START};
use crate::echoes::Echoes;
use crate::encodings::Encoding;
use crate::escapes::{self, BEGINNINGS, Unit};

const WHITESPACE: &[u8] = b" \t\r\n";

/// All searches.
pub(crate) struct Searches {
    all: [Search; 3],
    beginnings: Pairs,
}

impl Searches {
    /// Encodings for the three readings, and whether their secrets are
    /// withheld.
    pub(crate) fn new(
        plain: Vec<(Encoding, bool)>,
        packed: Vec<(Encoding, bool)>,
        hex: Vec<(Encoding, bool)>,
    ) -> Searches {
        let mut beginnings = Pairs(Zeroizing::new(vec![0; 1 << 10]));
        for (encoding, _) in plain.iter().chain(&packed).chain(&hex) {
            if let [one, two, ..] = encoding.as_slice() {
                beginnings.add(*one, *two);
                WHITESPACE
                    .iter()
                    .for_each(|space| beginnings.add(*one, *space));
            }
        }
        Searches {
            all: [
                Search::new(Reading::Plain, plain),
                Search::new(Reading::Packed, packed),
                Search::new(Reading::Hex, hex),
            ],
            beginnings,
        }
    }
}

/// The pairs of bytes that an encoding can begin with, one bit each.
struct Pairs(Zeroizing<Vec<u64>>);

impl Pairs {
    fn add(&mut self, one: u8, two: u8) {
        for one in [one, one.to_ascii_uppercase()] {
            for two in [two, two.to_ascii_uppercase()] {
                let pair = usize::from(one) << 8 | usize::from(two);
                if let Some(bits) = self.0.get_mut(pair / 64) {
                    *bits |= 1 << (pair % 64);
                }
            }
        }
    }

    #[inline]
    fn has(&self, one: u8, two: u8) -> bool {
        let pair = usize::from(one) << 8 | usize::from(two);
        let bits = self.0.get(pair / 64).copied().unwrap_or_default();
        bits >> (pair % 64) & 1 == 1
    }
}

/// Which bytes of a text count.
#[derive(Clone, Copy)]
enum Reading {
    /// Everything.
    Plain,
    /// All but whitespace.
    Packed,
    /// Hexadecimal digits, whatever separates them.
    Hex,
}

/// Encodings that are searched for in one reading of a text.
struct Search {
    reading: Reading,
    automaton: Automaton,
    /// The length of each encoding, and whether its secret is withheld.
    encodings: Vec<(usize, bool)>,
    longest: usize,
}

impl Search {
    fn new(reading: Reading, mut all: Vec<(Encoding, bool)>) -> Search {
        // Of two equal encodings, the one to be withheld stays.
        all.sort_by(|one, other| one.0.cmp(&other.0).then(other.1.cmp(&one.1)));
        all.dedup_by(|one, other| one.0 == other.0);
        let lengths = all
            .iter()
            .map(|(encoding, withhold)| (encoding.len(), *withhold));
        Search {
            reading,
            automaton: Automaton::new(all.iter().map(|(encoding, _)| encoding.as_slice())),
            encodings: lengths.collect(),
            longest: all
                .iter()
                .map(|(encoding, _)| encoding.len())
                .max()
                .unwrap_or(0),
        }
    }
}

/// The state of one search of a text.
struct Pass<'s> {
    search: &'s Search,
    state: u32,
    /// Where the last bytes that counted began, for as many bytes as the
    /// longest encoding has; a ring.
    starts: Vec<usize>,
    length: usize,
    counted: usize,
    /// The state before a `0` that could belong to `0x`.
    before_zero: Option<u32>,
}

impl<'s> Pass<'s> {
    fn new(search: &'s Search, length: usize) -> Pass<'s> {
        Pass {
            search,
            state: START,
            starts: Vec::new(),
            length,
            counted: 0,
            before_zero: None,
        }
    }

    /// Whether no beginning of an encoding has been found, so that the search
    /// could as well start here.
    fn is_quiet(&self) -> bool {
        self.state == START && self.before_zero.is_none()
    }

    #[inline]
    fn push(&mut self, unit: Unit, echoes: &mut Echoes) {
        let byte = unit.byte.to_ascii_lowercase();
        match self.search.reading {
            Reading::Plain => {}
            Reading::Packed if WHITESPACE.contains(&byte) => return,
            Reading::Packed => {}
            Reading::Hex => {
                let before_zero = self.before_zero.take();
                if !byte.is_ascii_hexdigit() {
                    match (byte, before_zero) {
                        (b'x', Some(state)) => {
                            self.state = state;
                            self.counted = self.counted.wrapping_sub(1);
                        }
                        (b'x', None) => {}
                        _ if byte.is_ascii_alphanumeric() => self.state = START,
                        _ => {}
                    }
                    return;
                }
                if byte == b'0' && self.state != START {
                    self.before_zero = Some(self.state);
                }
            }
        }
        self.state = self.search.automaton.step(self.state, byte);
        if self.starts.is_empty() {
            let ring = self.search.longest.min(self.length).next_power_of_two();
            self.starts = vec![0; ring];
        }
        let mask = self.starts.len() - 1;
        if let Some(start) = self.starts.get_mut(self.counted & mask) {
            *start = unit.start;
        }
        self.counted = self.counted.wrapping_add(1);
        if !self.search.automaton.ends(self.state) {
            return;
        }
        for pattern in self.search.automaton.patterns(self.state) {
            let Some(&(length, withhold)) = self.search.encodings.get(pattern) else {
                continue;
            };
            let first = self.counted.wrapping_sub(length) & mask;
            if let Some(&start) = self.starts.get(first) {
                echoes.add(start..unit.end, withhold);
            }
        }
    }
}

/// The state of all searches of one normal form of a text. Most of the text is
/// skipped: only bytes that an encoding could begin with are searched.
pub(crate) struct Sweep<'s, 'e> {
    passes: [Pass<'s>; 3],
    beginnings: &'s Pairs,
    echoes: &'e mut Echoes,
    /// Whether no search has found the beginning of an encoding.
    quiet: bool,
    last: Unit,
}

impl<'s, 'e> Sweep<'s, 'e> {
    /// The initial state for a text of this length.
    pub(crate) fn new(
        searches: &'s Searches,
        echoes: &'e mut Echoes,
        length: usize,
    ) -> Sweep<'s, 'e> {
        Sweep {
            passes: searches
                .all
                .each_ref()
                .map(|search| Pass::new(search, length)),
            beginnings: &searches.beginnings,
            echoes,
            quiet: true,
            last: Unit::default(),
        }
    }

    pub(crate) fn units(&mut self, units: impl Iterator<Item = Unit>) {
        for unit in units {
            self.push(unit);
        }
    }

    /// Searches a part of the text that is already in normal form.
    pub(crate) fn run(&mut self, bytes: &[u8], range: Range<usize>) {
        let unit = |at: usize| Unit {
            byte: bytes.get(at).copied().unwrap_or_default(),
            start: at,
            end: at + 1,
        };
        let mut at = range.start;
        while at < range.end {
            self.push(unit(at));
            at += 1;
            if self.quiet {
                // The last byte is searched once more, together with the next.
                let rest = bytes.get(at - 1..range.end).unwrap_or_default();
                let mut pairs = rest.windows(2);
                let begins =
                    |pair: &[u8]| matches!(pair, [one, two] if self.beginnings.has(*one, *two));
                let Some(skipped) = pairs.position(begins) else {
                    self.last = unit(range.end - 1);
                    return;
                };
                at += skipped;
                self.last = unit(at - 1);
            }
        }
    }

    /// Searches the text with one layer of escapes removed; the first escape
    /// may be at `first`. Returns whether there may be another layer.
    pub(crate) fn unescaped(&mut self, bytes: &[u8], first: usize) -> bool {
        let (mut done, mut next) = (0, Some(first));
        let (mut escaped, mut nested) = (false, false);
        while let Some(at) = next {
            self.run(bytes, done..at);
            let unit = escapes::unit(bytes, at);
            escaped |= unit.end > at + 1;
            nested |= BEGINNINGS.contains(&unit.byte);
            if unit.byte != 0 {
                self.push(unit);
            }
            done = unit.end;
            next = escapes::next(bytes, done);
        }
        self.run(bytes, done..bytes.len());
        escaped && nested
    }

    #[inline]
    fn push(&mut self, unit: Unit) {
        if self.quiet && self.beginnings.has(self.last.byte, unit.byte) {
            for pass in &mut self.passes {
                pass.push(self.last, self.echoes);
            }
            self.quiet = false;
        }
        if !self.quiet {
            let mut quiet = true;
            for pass in &mut self.passes {
                pass.push(unit, self.echoes);
                quiet &= pass.is_quiet();
            }
            self.quiet = quiet;
        }
        self.last = unit;
    }
}
