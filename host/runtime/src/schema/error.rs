//! Why a schema can't be used.

use std::fmt;

/// Why a schema can't be used.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SchemaError {
    /// It is too much work to validate with.
    TooMuch,
    /// It refers to something outside itself, or to a target that is only known
    /// at validation; holds the reference, cut to a reasonable length.
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
