//! Removes escapes from a text, and keeps where each byte came from.
//!
//! Escapes are what encoders write in place of a character in JSON, HTML, XML,
//! URLs and the literals of programming languages. One [`Unescape`] removes one
//! layer; a text that was escaped twice needs two.

/// A byte, and the range of the text that it stands for.
#[derive(Clone, Copy, Default)]
pub(crate) struct Unit {
    pub(crate) byte: u8,
    pub(crate) start: usize,
    pub(crate) end: usize,
}

/// The text unchanged but without zero bytes, which leaves the ASCII of UTF-16
/// and UTF-32.
pub(crate) fn units(bytes: &[u8]) -> impl Iterator<Item = Unit> + '_ {
    let unit = |(start, &byte): (usize, &u8)| Unit {
        byte,
        start,
        end: start + 1,
    };
    bytes
        .iter()
        .enumerate()
        .map(unit)
        .filter(|unit| unit.byte != 0)
}

/// Bytes that can begin an escape.
pub(crate) const BEGINNINGS: [u8; 3] = *b"\\%&";

/// How many layers are removed, one after another.
pub(crate) const LAYERS: usize = 3;

/// The longest escape that is recognised, in bytes.
const LONGEST: usize = 16;

/// The position of the next byte that can begin an escape.
pub(crate) fn next(bytes: &[u8], from: usize) -> Option<usize> {
    let [one, two, three] = BEGINNINGS;
    let found = memchr::memchr3(one, two, three, bytes.get(from..)?)?;
    Some(from + found)
}

/// The unit at `at`, where an escape can begin.
pub(crate) fn unit(bytes: &[u8], at: usize) -> Unit {
    let rest = bytes.get(at..).unwrap_or_default();
    let text = rest.get(..LONGEST).unwrap_or(rest);
    let (byte, length) = escape(text).unwrap_or((text.first().copied().unwrap_or_default(), 1));
    Unit {
        byte,
        start: at,
        end: at + length,
    }
}

/// Removes one layer of escapes.
pub(crate) struct Unescape<I> {
    inner: I,
    ahead: [Unit; LONGEST],
    at: usize,
    end: usize,
    escapes: usize,
}

impl<I: Iterator<Item = Unit>> Unescape<I> {
    pub(crate) fn new(inner: I) -> Unescape<I> {
        Unescape {
            inner,
            ahead: [Unit::default(); LONGEST],
            at: 0,
            end: 0,
            escapes: 0,
        }
    }

    /// How many escapes have been found so far.
    pub(crate) fn escapes(&self) -> usize {
        self.escapes
    }

    /// Reads ahead as far as the longest escape.
    fn fill(&mut self) {
        self.ahead.copy_within(self.at..self.end, 0);
        self.end -= self.at;
        self.at = 0;
        while let Some(place) = self.ahead.get_mut(self.end)
            && let Some(unit) = self.inner.next()
        {
            *place = unit;
            self.end += 1;
        }
    }
}

impl<I: Iterator<Item = Unit>> Iterator for Unescape<I> {
    type Item = Unit;

    fn next(&mut self) -> Option<Unit> {
        loop {
            let first = if self.at == self.end {
                let unit = self.inner.next()?;
                if !BEGINNINGS.contains(&unit.byte) {
                    return Some(unit);
                }
                (self.at, self.end) = (0, 1);
                self.ahead[0] = unit;
                unit
            } else {
                let unit = self.ahead.get(self.at).copied()?;
                if !BEGINNINGS.contains(&unit.byte) {
                    self.at += 1;
                    return Some(unit);
                }
                unit
            };
            self.fill();
            let mut text = [0; LONGEST];
            for (byte, unit) in text.iter_mut().zip(&self.ahead) {
                *byte = unit.byte;
            }
            let text = text.get(..self.end).unwrap_or_default();
            let Some((byte, length)) = escape(text) else {
                self.at += 1;
                return Some(first);
            };
            self.escapes += 1;
            self.at = length;
            let last = self.ahead.get(length - 1).copied().unwrap_or(first);
            if byte != 0 {
                return Some(Unit {
                    byte,
                    start: first.start,
                    end: last.end,
                });
            }
        }
    }
}

/// The byte that the escape at the beginning of `text` stands for, and the
/// escape's length. Every character outside ASCII becomes one byte outside
/// ASCII.
fn escape(text: &[u8]) -> Option<(u8, usize)> {
    let ascii = |value: u32| {
        u8::try_from(value)
            .ok()
            .filter(u8::is_ascii)
            .unwrap_or(0xff)
    };
    let number = |from: usize, length: usize, radix| {
        let digits = text.get(from..from + length)?;
        Some((ascii(value(digits, radix)?), from + length))
    };
    // Ends with this byte; the number may have any length.
    let until = |from: usize, end: u8, radix| {
        let rest = text.get(from..)?;
        let length = rest.iter().position(|byte| *byte == end)?;
        let (byte, end) = number(from, length, radix)?;
        Some((byte, end + 1))
    };
    match text {
        [b'%', b'u' | b'U', ..] => number(2, 4, 16),
        [b'%', ..] => number(1, 2, 16),
        [b'\\', b'u', b'{', ..] => until(3, b'}', 16),
        [b'\\', b'u', ..] => number(2, 4, 16),
        [b'\\', b'U', ..] => number(2, 8, 16).or_else(|| number(2, 4, 16)),
        [b'\\', b'x' | b'X', ..] => number(2, 2, 16),
        [b'\\', b'0'..=b'3', ..] => number(1, 3, 8),
        [b'\\', b'n' | b'r' | b't', ..] => Some((b'\n', 2)),
        [b'\\', mark, ..] if mark.is_ascii_punctuation() || *mark == b' ' => Some((*mark, 2)),
        [b'&', b'#', b'x' | b'X', ..] => until(3, b';', 16),
        [b'&', b'#', ..] => until(2, b';', 10),
        [b'&', rest @ ..] => {
            let length = rest.iter().position(|byte| *byte == b';')?;
            let name = rest.get(..length)?;
            let (_, byte) = NAMES
                .iter()
                .find(|(known, _)| known.as_bytes().eq_ignore_ascii_case(name))?;
            Some((*byte, length + 2))
        }
        _ => None,
    }
}

fn value(digits: &[u8], radix: u32) -> Option<u32> {
    if digits.is_empty() {
        return None;
    }
    digits.iter().try_fold(0_u32, |value, digit| {
        let digit = char::from(*digit).to_digit(radix)?;
        Some(value.saturating_mul(radix).saturating_add(digit))
    })
}

/// The names that HTML has for printable ASCII.
const NAMES: &[(&str, u8)] = &[
    ("excl", b'!'),
    ("quot", b'"'),
    ("num", b'#'),
    ("dollar", b'$'),
    ("percnt", b'%'),
    ("amp", b'&'),
    ("apos", b'\''),
    ("lpar", b'('),
    ("rpar", b')'),
    ("ast", b'*'),
    ("midast", b'*'),
    ("plus", b'+'),
    ("comma", b','),
    ("period", b'.'),
    ("sol", b'/'),
    ("colon", b':'),
    ("semi", b';'),
    ("lt", b'<'),
    ("equals", b'='),
    ("gt", b'>'),
    ("quest", b'?'),
    ("commat", b'@'),
    ("lsqb", b'['),
    ("lbrack", b'['),
    ("bsol", b'\\'),
    ("rsqb", b']'),
    ("rbrack", b']'),
    ("Hat", b'^'),
    ("lowbar", b'_'),
    ("UnderBar", b'_'),
    ("grave", b'`'),
    ("lcub", b'{'),
    ("lbrace", b'{'),
    ("verbar", b'|'),
    ("vert", b'|'),
    ("VerticalLine", b'|'),
    ("rcub", b'}'),
    ("rbrace", b'}'),
    ("NewLine", b'\n'),
    ("Tab", b'\n'),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn layers(text: &str, layers: usize) -> String {
        let bytes = text.as_bytes();
        let mut units: Box<dyn Iterator<Item = Unit>> = Box::new(units(bytes));
        for _ in 0..layers {
            units = Box::new(Unescape::new(units));
        }
        units.map(|unit| char::from(unit.byte)).collect()
    }

    #[test]
    fn every_escape_is_the_character_that_it_stands_for() {
        for (text, plain) in [
            ("%2F%2f%u002F", "///"),
            (r"\u002F\u002f\U0000002f\U002F\u{2f}\x2F\057\/", "////////"),
            ("&#47;&#047;&#x2F;&#X2f;&sol;&SOL;", "//////"),
            (
                r#"\"\\\n\t&quot;&amp;&lt;&gt;&apos;&#39;"#,
                "\"\\\n\n\"&<>''",
            ),
            ("caf\\u00e9 caf%C3%A9", "caf\u{ff} caf\u{ff}\u{ff}"),
            ("a\0b\0%\x002\0F\0", "ab/"),
            // Text that is not an escape stays unchanged.
            (
                "100% \\d \\u12 \\x4 &nbsp; & &; &#; &#x; &#a; %4 %",
                "100% \\d \\u12 \\x4 &nbsp; & &; &#; &#x; &#a; %4 %",
            ),
            ("%%41", "%A"),
            (r"\\u0041", r"\u0041"),
            ("&&amp;amp;", "&&amp;"),
        ] {
            assert_eq!(layers(text, 1), plain, "{text}");
        }
    }

    #[test]
    fn each_layer_takes_one_layer_off() {
        for (text, plain) in [
            (r"\\u002f %252F &amp;#47; %5Cu002f", "/ / / /"),
            (r"\\\\u002f", r"\u002f"),
        ] {
            assert_eq!(layers(text, 2), plain, "{text}");
        }
        assert_eq!(layers(r"\\\\u002f %25252F", 3), "/ /");
    }

    #[test]
    fn a_byte_knows_where_it_came_from() {
        let text = r"a%41\\u0042&amp;#67;z";
        let units: Vec<_> = Unescape::new(Unescape::new(units(text.as_bytes())))
            .map(|unit| (char::from(unit.byte), &text[unit.start..unit.end]))
            .collect();
        let expected = [
            ('a', "a"),
            ('A', "%41"),
            ('B', r"\\u0042"),
            ('C', "&amp;#67;"),
            ('z', "z"),
        ];
        assert_eq!(units, expected);
    }

    #[test]
    fn every_character_of_ascii_that_html_names_has_its_name() {
        for byte in 0x21..0x7f_u8 {
            let named = NAMES.iter().any(|(_, known)| *known == byte);
            let plain = byte.is_ascii_alphanumeric() || b"-~".contains(&byte);
            assert_eq!(named, !plain, "{}", char::from(byte));
        }
        assert!(NAMES.iter().all(|(name, _)| name.len() + 2 <= LONGEST));
    }
}
