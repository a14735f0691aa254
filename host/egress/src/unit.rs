//! Values with units, as text.

use std::time::Duration;

/// What the value of a limit counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Bytes: `100`, `64KiB`, `8MiB`, `1GiB`.
    Bytes,
    /// A duration: `500ms`, `2s`, `1m`.
    Time,
    /// A plain number.
    Count,
}

impl Unit {
    /// Parses a value; the base unit is bytes, milliseconds or one.
    pub fn parse(self, text: &str) -> Option<u64> {
        let text = text.trim();
        let digits = text
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(text.len());
        let (number, suffix) = text.split_at(digits);
        let factor = match (self, suffix.trim_start()) {
            (Unit::Count, "") | (Unit::Bytes, "" | "B") | (Unit::Time, "ms") => 1,
            (Unit::Bytes, "KiB") => 1 << 10,
            (Unit::Bytes, "MiB") => 1 << 20,
            (Unit::Bytes, "GiB") => 1 << 30,
            (Unit::Time, "s") => 1000,
            (Unit::Time, "m") => 60_000,
            _ => return None,
        };
        number.parse::<u64>().ok()?.checked_mul(factor)
    }

    /// Writes a value as [`Unit::parse`] reads it, in the largest unit that
    /// fits.
    pub fn show(self, value: u64) -> String {
        let units: &[(u64, &str)] = match self {
            Unit::Count => &[],
            Unit::Bytes => &[(1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")],
            Unit::Time => &[(60_000, "m"), (1000, "s"), (1, "ms")],
        };
        for (factor, suffix) in units {
            if value >= *factor && value.is_multiple_of(*factor) {
                return format!("{}{suffix}", value / factor);
            }
        }
        value.to_string()
    }

    /// A short description of valid values: `a size such as 64KiB or 8MiB`.
    pub fn example(self) -> &'static str {
        match self {
            Unit::Bytes => "a size such as 64KiB or 8MiB",
            Unit::Time => "a time such as 500ms, 2s or 1m",
            Unit::Count => "a number such as 32",
        }
    }
}

/// Whole milliseconds, at most `u64::MAX`.
pub fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::Unit;

    #[test]
    fn values_read_back_as_they_are_shown() {
        for (unit, text, value) in [
            (Unit::Bytes, "64KiB", 65_536),
            (Unit::Bytes, "8MiB", 8 << 20),
            (Unit::Bytes, "100", 100),
            (Unit::Time, "500ms", 500),
            (Unit::Time, "2s", 2000),
            (Unit::Time, "1m", 60_000),
            (Unit::Count, "32", 32),
        ] {
            assert_eq!(unit.parse(text), Some(value), "{text}");
            assert_eq!(unit.show(value), text);
        }
    }
}
