//! Why a limit was refused.

use std::fmt;

use hospes_egress::Unit;

/// Why a limit was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LimitError {
    /// There is no limit with this name.
    Unknown {
        /// The name given.
        name: String,
        /// The known name that is nearest to it.
        nearest: Option<&'static str>,
        /// Every known name.
        known: Vec<&'static str>,
    },
    /// The value can't be parsed in the limit's unit.
    Value {
        /// The limit.
        name: &'static str,
        /// The value given.
        value: String,
        /// The unit.
        unit: Unit,
    },
    /// The value is outside the limit's range.
    Range {
        /// The limit.
        name: &'static str,
        /// The value given, with its unit.
        value: String,
        /// The lowest value.
        min: String,
        /// The highest value.
        max: String,
    },
}

impl fmt::Display for LimitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LimitError::Unknown {
                name,
                nearest: Some(nearest),
                ..
            } => {
                write!(f, "unknown limit `{name}`: did you mean `{nearest}`?")
            }
            LimitError::Unknown {
                name,
                nearest: None,
                known,
            } => {
                write!(f, "unknown limit `{name}`: expected one of ")?;
                for (i, name) in known.iter().enumerate() {
                    write!(f, "{}`{name}`", if i == 0 { "" } else { ", " })?;
                }
                Ok(())
            }
            LimitError::Value { name, value, unit } => {
                write!(f, "limit `{name}`: `{value}` is not {}", unit.example())
            }
            LimitError::Range {
                name,
                value,
                min,
                max,
            } => {
                write!(f, "limit `{name}`: {value} is not between {min} and {max}")
            }
        }
    }
}

impl std::error::Error for LimitError {}
