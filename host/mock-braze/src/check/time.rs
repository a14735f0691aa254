//! Which texts Braze reads as a date or a time.
//!
//! | form | example |
//! |---|---|
//! | date | `2026-03-01` (also `20260301`) |
//! | date and time | `2026-03-01T09:30`, `2026-03-01 09:30:00`, `20260301T093000` |
//! | with a fraction | `...T09:30:00.250`, `...T09:30:00:250` |
//! | with a zone | `...Z`, `...+0100`, `...+01:00`, `...+1:00`, `... -05` |
//! | attributes only | `03/01/2026`, `Sun 03 01 09:30:00.UTC 2026` |
//!
//! Braze's own samples are loose about zones (`+1:00`), so this is too. A day that does not exist is refused.

/// The time of an event or a purchase.
pub(super) fn is_moment(text: &str) -> bool {
    let mut scan = Scan::new(text);
    scan.iso().is_some() && scan.done()
}

/// A time in a profile: the above and two older notations.
pub(super) fn is_profile_time(text: &str) -> bool {
    is_moment(text) || is_american(text) || is_spelled(text)
}

/// A date of birth: `YYYY-MM-DD` and nothing else.
pub(super) fn is_date(text: &str) -> bool {
    let mut scan = Scan::new(text);
    text.len() == 10 && scan.date().is_some() && scan.done()
}

/// `MM/dd/yyyy`
fn is_american(text: &str) -> bool {
    let mut parts = text.split('/');
    let (Some(month), Some(day), Some(year), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return false;
    };
    matches!((number(year, 4), number(month, 2), number(day, 2)), (Some(y), Some(m), Some(d)) if exists(y, m, d))
}

/// `ddd MM dd HH:mm:ss.TZD YYYY`
fn is_spelled(text: &str) -> bool {
    let words: Vec<&str> = text.split(' ').collect();
    let [weekday, month, day, time, year] = words.as_slice() else {
        return false;
    };
    let (clock, zone) = time.split_once('.').unwrap_or((time, "UTC"));
    let mut scan = Scan::new(clock);
    weekday.len() == 3
        && weekday.chars().all(|c| c.is_ascii_alphabetic())
        && matches!((number(year, 4), number(month, 2), number(day, 2)), (Some(y), Some(m), Some(d)) if exists(y, m, d))
        && scan.clock().is_some()
        && scan.done()
        && !zone.is_empty()
}

fn number(text: &str, digits: usize) -> Option<u32> {
    let mut scan = Scan::new(text);
    let number = scan.digits(digits, digits)?;
    scan.done().then_some(number)
}

fn exists(year: u32, month: u32, day: u32) -> bool {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let days = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => 0,
    };
    (1..=days).contains(&day)
}

/// Reads a text from the left; `None` means it does not go on as asked.
struct Scan<'a> {
    rest: &'a [u8],
}

impl<'a> Scan<'a> {
    fn new(text: &'a str) -> Self {
        Self {
            rest: text.as_bytes(),
        }
    }

    fn done(&self) -> bool {
        self.rest.is_empty()
    }

    fn iso(&mut self) -> Option<()> {
        self.date()?;
        if self.done() {
            return Some(());
        }
        self.eat(b"Tt ")?;
        self.clock()?;
        self.zone()
    }

    fn date(&mut self) -> Option<()> {
        let year = self.digits(4, 4)?;
        let dashed = self.eat(b"-").is_some();
        let month = self.digits(2, 2)?;
        if dashed {
            self.eat(b"-")?;
        }
        let day = self.digits(2, 2)?;
        exists(year, month, day).then_some(())
    }

    fn clock(&mut self) -> Option<()> {
        let hour = self.digits(2, 2)?;
        let colon = self.eat(b":").is_some();
        let minute = self.digits(2, 2)?;
        let seconds = if colon {
            self.eat(b":").is_some()
        } else {
            self.peek().is_some_and(|c| c.is_ascii_digit())
        };
        let second = if seconds { self.digits(2, 2)? } else { 0 };
        // Java's `ss:SSS` puts a colon where others put a point.
        if seconds && self.eat(b".,:").is_some() {
            self.digits(1, 9)?;
        }
        // A minute can have a sixty-first second.
        (hour <= 23 && minute <= 59 && second <= 60).then_some(())
    }

    fn zone(&mut self) -> Option<()> {
        self.eat(b" ");
        if self.done() || self.eat(b"Zz").is_some() {
            return Some(());
        }
        self.eat(b"+-")?;
        let hours = self.digits(1, 2)?;
        self.eat(b":");
        let minutes = if self.done() { 0 } else { self.digits(2, 2)? };
        (hours <= 23 && minutes <= 59).then_some(())
    }

    fn digits(&mut self, least: usize, most: usize) -> Option<u32> {
        let count = self
            .rest
            .iter()
            .take(most)
            .take_while(|c| c.is_ascii_digit())
            .count();
        if count < least {
            return None;
        }
        let (digits, rest) = self.rest.split_at_checked(count)?;
        self.rest = rest;
        std::str::from_utf8(digits).ok()?.parse().ok()
    }

    fn peek(&self) -> Option<u8> {
        self.rest.first().copied()
    }

    fn eat(&mut self, any_of: &[u8]) -> Option<()> {
        let (first, rest) = self.rest.split_first()?;
        any_of.contains(first).then(|| self.rest = rest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_told_from_other_text() {
        for (text, valid) in [
            ("2026-03-01T09:30:00Z", true),
            ("2026-03-01T09:30:00.250+01:00", true),
            ("2026-03-01T09:30:00:250+0000", true),
            ("2013-07-16T19:20:30+1:00", true),
            ("2026-03-01T09:30:00-05", true),
            ("2026-03-01 09:30:00 +0100", true),
            ("2026-03-01 09:30:00", true),
            ("2026-03-01T09:30", true),
            ("2026-03-01", true),
            ("20260301T093000Z", true),
            ("2024-02-29T00:00:00Z", true),
            ("2026-02-29T00:00:00Z", false),
            ("2026-13-01T00:00:00Z", false),
            ("2026-03-01T24:30:00Z", false),
            ("2026-03-01T09:61:00Z", false),
            ("2026-03-01T09:30:00Zulu", false),
            ("2026-03-01T", false),
            ("03/01/2026", false),
            ("1772357400", false),
            ("yesterday", false),
            ("", false),
        ] {
            assert_eq!(is_moment(text), valid, "{text:?}");
        }
    }

    #[test]
    fn profiles_know_two_older_notations() {
        for (text, valid) in [
            ("2026-03-01T09:30:00Z", true),
            ("03/01/2026", true),
            ("Sun 03 01 09:30:00.UTC 2026", true),
            ("02/30/2026", false),
            ("3/1/26", false),
            ("Sun 03 01 09:30:00.UTC", false),
            ("soon", false),
        ] {
            assert_eq!(is_profile_time(text), valid, "{text:?}");
        }
    }

    #[test]
    fn a_date_of_birth_is_a_plain_date() {
        for (text, valid) in [
            ("1990-12-31", true),
            ("1990-02-30", false),
            ("1990-2-3", false),
            ("19901231", false),
            ("1990-12-31T00:00:00Z", false),
            ("12/31/1990", false),
        ] {
            assert_eq!(is_date(text), valid, "{text:?}");
        }
    }
}
