//! All limits of a node in one table: name, default, range and meaning.
//!
//! The solution file, `--limit NAME=VALUE`, the checks at load and the
//! documentation all read [`TABLE`]; there is no second list.

mod error;
mod table;

pub use error::LimitError;
pub use hospes_egress::{Unit, millis};
pub use table::{Limit, Limits, TABLE};

impl Limits {
    /// The greatest size of an execution's outcome document, in bytes: its
    /// result or failure; its log records, whose quotes and backslashes take
    /// two bytes each; and a rest for names, ids, figures and counts of what
    /// was left out.
    pub fn outcome_bytes(&self) -> u64 {
        const REST: u64 = 16 << 10;
        let logs = self.log_bytes.saturating_mul(2);
        self.result.saturating_add(logs).saturating_add(REST)
    }

    /// Sets one limit by its name in [`TABLE`], from a value with its unit:
    /// `2s`, `500ms`, `8MiB`, `64KiB`, `100`.
    ///
    /// # Errors
    ///
    /// An unknown name (with the nearest known one), a value that can't be
    /// parsed in the limit's unit, or one outside its range.
    pub fn set(&mut self, name: &str, value: &str) -> Result<(), LimitError> {
        let limit = Limit::named(name)?;
        let value = limit.unit.parse(value).ok_or_else(|| LimitError::Value {
            name: limit.name,
            value: value.to_owned(),
            unit: limit.unit,
        })?;
        limit.in_range(value)?;
        (limit.set)(self, value);
        Ok(())
    }

    /// One limit by its name in [`TABLE`], written as [`Limits::set`] reads it;
    /// `None` for an unknown name.
    pub fn get(&self, name: &str) -> Option<String> {
        let limit = Limit::named(name).ok()?;
        Some(limit.unit.show((limit.get)(self)))
    }

    /// The lower value of each limit of `self` and `those`.
    pub fn at_most(&self, those: &Limits) -> Limits {
        let mut lower = self.clone();
        for limit in TABLE {
            let value = (limit.get)(self).min((limit.get)(those));
            (limit.set)(&mut lower, value);
        }
        lower
    }

    /// Checks that every limit is in its range.
    ///
    /// # Errors
    ///
    /// The first limit that is not.
    pub fn check(&self) -> Result<(), LimitError> {
        TABLE
            .iter()
            .try_for_each(|limit| limit.in_range((limit.get)(self)))
    }
}

/// The limits that a transport needs.
impl From<&Limits> for hospes_egress::Limits {
    fn from(limits: &Limits) -> hospes_egress::Limits {
        limits.egress
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_default_is_in_its_range_and_nothing_is_left_at_zero_by_oversight() {
        let limits = Limits::default();
        limits.check().unwrap();
        let depth = TABLE.iter().find(|limit| limit.name == "depth");
        assert_eq!(depth.unwrap().max, crate::json::Json::MAX_DEPTH);
        for limit in TABLE {
            assert_eq!((limit.get)(&limits), limit.default, "{}", limit.name);
            let shown = limits.get(limit.name).unwrap();
            limits.clone().set(limit.name, &shown).unwrap();
            assert!(
                limit.max < u64::MAX,
                "{} must not be switchable to unlimited",
                limit.name
            );
        }
        let fields = format!("{limits:?}").matches(": ").count();
        // The field of the egress limits has no row.
        assert_eq!(fields, TABLE.len() + 1, "a field without a row");
    }

    #[test]
    fn a_bad_limit_is_refused_with_what_would_be_right() {
        let cases = [
            (
                "deadlin",
                "2s",
                "unknown limit `deadlin`: did you mean `deadline`?",
            ),
            (
                "deadline",
                "2",
                "limit `deadline`: `2` is not a time such as 500ms, 2s or 1m",
            ),
            (
                "deadline",
                "0ms",
                "limit `deadline`: 0 is not between 1ms and 60m",
            ),
            (
                "payload",
                "8MB",
                "limit `payload`: `8MB` is not a size such as 64KiB or 8MiB",
            ),
            (
                "memory",
                "99GiB",
                "limit `memory`: 99GiB is not between 64KiB and 1GiB",
            ),
            (
                "requests",
                "-1",
                "limit `requests`: `-1` is not a number such as 32",
            ),
            (
                "requests",
                "unlimited",
                "limit `requests`: `unlimited` is not a number such as 32",
            ),
        ];
        for (name, value, message) in cases {
            let error = Limits::default().set(name, value).unwrap_err();
            assert_eq!(error.to_string(), message);
        }
    }
}
