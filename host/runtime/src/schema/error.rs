//! Why a schema can't judge.

use std::fmt;

/// Why a schema can't judge.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SchemaError {
    /// It is too much work.
    TooMuch,
    /// It refers to what is not within it, or can't be told from here; holds the
    /// reference, cut to a reasonable length.
    Reference(String),
}

impl fmt::Display for SchemaError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SchemaError::TooMuch => {
                f.write_str("it is too much work: its parts name each other too often")
            }
            SchemaError::Reference(reference) => write!(
                f,
                "it refers to `{}`, and only references such as `#/$defs/NAME` can be followed",
                reference.escape_debug()
            ),
        }
    }
}

impl std::error::Error for SchemaError {}
