//! The time at which a signature or a key expires.

use std::fmt;
use std::str::FromStr;
use std::time::SystemTime;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Unit};

/// A time in whole seconds. Its text is RFC 3339, such as
/// `2027-02-01T12:00:00Z`; a date alone is accepted too and means its first
/// second in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Expiry(Timestamp);

impl Expiry {
    /// Whether the time has come.
    pub fn is_over(&self, now: SystemTime) -> bool {
        // A clock outside the representable years can't be trusted.
        !Timestamp::try_from(now).is_ok_and(|now| now < self.0)
    }
}

/// # Errors
///
/// [`ExpiryError`] for a time before the year -9999 or after 9999.
impl TryFrom<SystemTime> for Expiry {
    type Error = ExpiryError;

    fn try_from(time: SystemTime) -> Result<Expiry, ExpiryError> {
        let time = Timestamp::try_from(time).map_err(|_| ExpiryError)?;
        whole(time)
    }
}

impl FromStr for Expiry {
    type Err = ExpiryError;

    fn from_str(text: &str) -> Result<Expiry, ExpiryError> {
        if let Ok(time) = text.parse() {
            return whole(time);
        }
        let date: Date = text.parse().map_err(|_| ExpiryError)?;
        let midnight = date.to_zoned(TimeZone::UTC);
        // The parser also takes the date of a local time, which lacks an offset.
        match midnight {
            Ok(midnight) if text.len() == "2027-02-01".len() => Ok(Expiry(midnight.timestamp())),
            _ => Err(ExpiryError),
        }
    }
}

fn whole(time: Timestamp) -> Result<Expiry, ExpiryError> {
    let seconds = jiff::TimestampRound::new()
        .smallest(Unit::Second)
        .mode(jiff::RoundMode::Trunc);
    let time = time.round(seconds).map_err(|_| ExpiryError)?;
    Ok(Expiry(time))
}

impl fmt::Display for Expiry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The text is not a valid time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExpiryError;

impl fmt::Display for ExpiryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a moment: one reads `2027-02-01` or `2027-02-01T12:00:00Z`")
    }
}

impl std::error::Error for ExpiryError {}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;

    #[test]
    fn a_moment_is_read_as_rfc_3339_or_as_a_date() {
        let rows = [
            ("2027-02-01T12:00:00Z", "2027-02-01T12:00:00Z"),
            ("2027-02-01T13:00:00.9+01:00", "2027-02-01T12:00:00Z"),
            ("2027-02-01", "2027-02-01T00:00:00Z"),
        ];
        for (text, shown) in rows {
            assert_eq!(text.parse::<Expiry>().unwrap().to_string(), shown);
        }
        for text in ["", "soon", "2027-02-01T12:00:00", "2027-02-30", "90d"] {
            assert_eq!(text.parse::<Expiry>(), Err(ExpiryError), "{text}");
        }
    }

    #[test]
    fn it_is_over_from_that_moment_on() {
        let expiry: Expiry = "1970-01-02".parse().unwrap();
        let day = Duration::from_secs(86_400);
        let before = UNIX_EPOCH + day - Duration::from_nanos(1);
        assert!(!expiry.is_over(before));
        assert!(expiry.is_over(UNIX_EPOCH + day));
        assert_eq!(
            Expiry::try_from(before).unwrap().to_string(),
            "1970-01-01T23:59:59Z"
        );
    }
}
