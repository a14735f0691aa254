//! Dates and times: which texts Braze reads as one, and the current one.
//!
//! | form | example |
//! |---|---|
//! | date | `2026-03-01`, `20260301` |
//! | date and time | `2026-03-01T09:30`, `2026-03-01 09:30:00`, `20260301T093000` |
//! | with a fraction | `...T09:30:00.250`, `...T09:30:00:250` |
//! | with a zone | `...Z`, `...+0100`, `...+01:00`, `...+1:00`, `... -05` |
//! | in attributes only | `03/01/2026`, `Sun 03 01 09:30:00.UTC 2026` |
//!
//! Braze's own samples are loose about zones, so this is too. A day that does not
//! exist is refused.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

const SECONDS_A_DAY: u64 = 86_400;

/// Whether a text can be the time of an event or a purchase.
pub(crate) fn is_time(text: &str) -> bool {
    let mut reader = Reader(text.as_bytes());
    reader.date_time().is_some() && reader.0.is_empty()
}

/// Whether a text can be a time among a user's attributes.
pub(crate) fn is_attribute_time(text: &str) -> bool {
    is_time(text) || is_american(text) || is_spelled_out(text)
}

/// Whether a text is a date as `YYYY-MM-DD`.
pub(crate) fn is_date(text: &str) -> bool {
    text.len() == 10 && text.contains('-') && is_time(text)
}

/// The current time in RFC 3339, in UTC and to the second.
pub(crate) fn now() -> String {
    rfc3339(
        SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default(),
    )
}

fn rfc3339(since_epoch: Duration) -> String {
    let seconds = since_epoch.as_secs();
    let (year, month, day) = civil(seconds / SECONDS_A_DAY);
    let (hour, minute, second) = (seconds / 3_600 % 24, seconds / 60 % 60, seconds % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

/// When an HTTP date (`Sun, 06 Nov 1994 08:49:37 GMT`) is, since the epoch.
pub(crate) fn http_date(text: &str) -> Option<Duration> {
    const MONTHS: &str = "JanFebMarAprMayJunJulAugSepOctNovDec";
    let rest = text.strip_suffix(" GMT")?.split_once(", ")?.1;
    let (day, rest) = rest.split_once(' ')?;
    let (month, rest) = rest.split_once(' ')?;
    let (year, clock) = rest.split_once(' ')?;
    let month = match MONTHS.find(month)? {
        at if month.len() == 3 && at % 3 == 0 => at as u64 / 3 + 1,
        _ => return None,
    };
    let (year, day) = (year.parse().ok()?, day.parse().ok()?);
    let mut parts = clock.split(':').map(str::parse::<u64>);
    let (hour, minute, second) = (
        parts.next()?.ok()?,
        parts.next()?.ok()?,
        parts.next()?.ok()?,
    );
    if !(1970..=9999).contains(&year) || !exists(year, month, day) || hour > 23 || minute > 59 {
        return None;
    }
    let seconds = days(year, month, day) * SECONDS_A_DAY + hour * 3_600 + minute * 60 + second;
    Some(Duration::from_secs(seconds))
}

/// `MM/dd/yyyy`
fn is_american(text: &str) -> bool {
    let mut reader = Reader(text.as_bytes());
    let mut date = || {
        let month = reader.number(2, 2)?;
        reader.one_of(b"/")?;
        let day = reader.number(2, 2)?;
        reader.one_of(b"/")?;
        let year = reader.number(4, 4)?;
        exists(year, month, day).then_some(())
    };
    date().is_some() && reader.0.is_empty()
}

/// `ddd MM dd HH:mm:ss.TZD YYYY`
fn is_spelled_out(text: &str) -> bool {
    let mut words = text.split(' ');
    let mut parse = || {
        let weekday = words.next()?;
        let (month, day) = (words.next()?.parse().ok()?, words.next()?.parse().ok()?);
        let (clock, zone) = words.next()?.split_once('.')?;
        let year = words.next()?.parse().ok()?;
        let mut reader = Reader(clock.as_bytes());
        reader.clock()?;
        let whole = reader.0.is_empty() && words.next().is_none() && !zone.is_empty();
        (whole && weekday.len() == 3 && exists(year, month, day)).then_some(())
    };
    parse().is_some()
}

fn exists(year: u64, month: u64, day: u64) -> bool {
    let is_leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let last = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 => 28 + u64::from(is_leap),
        _ => 0,
    };
    (1..=last).contains(&day)
}

/// Days from 1970-01-01 to a later date. The year is counted from March, so that
/// the leap day is its last.
fn days(year: u64, month: u64, day: u64) -> u64 {
    let year = if month < 3 { year - 1 } else { year };
    let from_march = (month + 9) % 12;
    let day_of_year = (153 * from_march + 2) / 5 + day - 1;
    year * 365 + year / 4 - year / 100 + year / 400 + day_of_year - 719_468
}

/// The date that many days after 1970-01-01: the reverse of [`days`].
fn civil(days: u64) -> (u64, u64, u64) {
    let days = days + 719_468;
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * from_march + 2) / 5 + 1;
    let month = (from_march + 2) % 12 + 1;
    (era * 400 + year_of_era + u64::from(month < 3), month, day)
}

/// Reads a text from the left. `None` means that it does not go on as asked.
struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn date_time(&mut self) -> Option<()> {
        let year = self.number(4, 4)?;
        let dashed = self.one_of(b"-").is_some();
        let month = self.number(2, 2)?;
        if dashed {
            self.one_of(b"-")?;
        }
        let day = self.number(2, 2)?;
        if !exists(year, month, day) {
            return None;
        }
        if self.0.is_empty() {
            return Some(());
        }
        self.one_of(b"Tt ")?;
        self.clock()?;
        self.zone()
    }

    /// `HH:mm`, `HHmm`, both with seconds, and those with a fraction.
    fn clock(&mut self) -> Option<()> {
        let hour = self.number(2, 2)?;
        let colons = self.one_of(b":").is_some();
        let minute = self.number(2, 2)?;
        let has_seconds = if colons {
            self.one_of(b":").is_some()
        } else {
            self.0.first().is_some_and(u8::is_ascii_digit)
        };
        let second = if has_seconds { self.number(2, 2)? } else { 0 };
        if has_seconds && self.one_of(b".,:").is_some() {
            self.number(1, 9)?;
        }
        // 60 is a leap second.
        (hour < 24 && minute < 60 && second <= 60).then_some(())
    }

    fn zone(&mut self) -> Option<()> {
        while self.one_of(b" ").is_some() {}
        if self.0.is_empty() || self.one_of(b"Zz").is_some() {
            return Some(());
        }
        self.one_of(b"+-")?;
        let hours = self.number(1, 2)?;
        self.one_of(b":");
        let minutes = if self.0.is_empty() {
            0
        } else {
            self.number(2, 2)?
        };
        (hours < 24 && minutes < 60).then_some(())
    }

    fn one_of(&mut self, bytes: &[u8]) -> Option<u8> {
        let (&first, rest) = self.0.split_first()?;
        bytes.contains(&first).then(|| {
            self.0 = rest;
            first
        })
    }

    /// As many digits as there are, between `least` and `most`.
    fn number(&mut self, least: usize, most: usize) -> Option<u64> {
        let count = self
            .0
            .iter()
            .take(most)
            .take_while(|byte| byte.is_ascii_digit())
            .count();
        let (digits, rest) = self.0.split_at_checked(count)?;
        if count < least {
            return None;
        }
        self.0 = rest;
        Some(
            digits
                .iter()
                .fold(0, |number, digit| number * 10 + u64::from(digit - b'0')),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_told_from_other_texts() {
        for (text, event, attribute) in [
            ("2026-03-01", true, true),
            ("20260301", true, true),
            ("2024-02-29", true, true),
            ("2026-03-01T09:30", true, true),
            ("2026-03-01T09:30:00", true, true),
            ("2026-03-01 09:30:00", true, true),
            ("2026-03-01T09:30:00Z", true, true),
            ("2026-03-01T09:30:00.250Z", true, true),
            ("2026-03-01T09:30:00:250Z", true, true),
            ("2026-03-01T09:30:00:250+0100", true, true),
            ("2013-07-16T19:20:30+1:00", true, true),
            ("2026-03-01T23:59:60-05", true, true),
            ("20260301T093000Z", true, true),
            ("03/01/2026", false, true),
            ("Sun 03 01 09:30:00.UTC 2026", false, true),
            ("", false, false),
            ("soon", false, false),
            ("1772357400", false, false),
            ("2026-02-29", false, false),
            ("2026-13-01", false, false),
            ("2026-3-1", false, false),
            ("2026-03-01T", false, false),
            ("2026-03-01T25:00:00Z", false, false),
            ("2026-03-01T09:30:00Zulu", false, false),
            ("2026-03-01T09:30:00+", false, false),
            ("13/01/2026", false, false),
            ("٢٠٢٦-٠٣-٠١", false, false),
        ] {
            assert_eq!(is_time(text), event, "{text}");
            assert_eq!(is_attribute_time(text), attribute, "{text}");
        }
    }

    #[test]
    fn a_date_of_birth_has_one_form() {
        for (text, is) in [
            ("1815-12-10", true),
            ("18151210", false),
            ("1815-12-10T00:00:00Z", false),
            ("12/10/1815", false),
            ("1815-02-30", false),
        ] {
            assert_eq!(is_date(text), is, "{text}");
        }
    }

    #[test]
    fn instants_are_written_in_rfc_3339() {
        for (seconds, text) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (1_772_357_400, "2026-03-01T09:30:00Z"),
            (4_102_444_799, "2099-12-31T23:59:59Z"),
        ] {
            assert_eq!(rfc3339(Duration::from_secs(seconds)), text);
        }
        assert!(is_time(&now()));
    }

    #[test]
    fn http_dates_are_read() {
        let read = |text| http_date(text).map(|at| at.as_secs());
        assert_eq!(read("Sun, 06 Nov 1994 08:49:37 GMT"), Some(784_111_777));
        assert_eq!(read("Sun, 01 Mar 2026 09:30:00 GMT"), Some(1_772_357_400));
        for text in [
            "",
            "Sun, 06 Nov 1994 08:49:37",
            "Sun, 31 Feb 2026 00:00:00 GMT",
            "Sun, 06 ovD 1994 08:49:37 GMT",
            "Sun, 06 Nov 0001 08:49:37 GMT",
            "Sun, 06 Nov 1994 88:49:37 GMT",
            "Sun, 06 Nov 1994 08:49 GMT",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn days_and_dates_are_each_others_reverse() {
        for day in (0..80_000).step_by(97) {
            let (year, month, date) = civil(day);
            assert_eq!(days(year, month, date), day);
        }
    }
}
