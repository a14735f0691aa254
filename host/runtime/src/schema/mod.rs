//! Schemas as components hand them over: weighed before they judge.
//!
//! Nothing can stop a validator that has begun. A schema of a few hundred bytes
//! whose definitions name each other twice would keep it busy for years, and one
//! that names itself a thousand times would take all memory for a payload three
//! deep. So the steps that a validator would make are counted first: by going
//! through the schema as it would, each pair of schema and value once.

mod parts;
mod steps;
#[cfg(test)]
mod tests;

use std::fmt;

use serde_json::Value;

use parts::Parts;
use steps::{Place, Steps};

/// The most steps of a validator, for a value.
const MOST_STEPS: u64 = 100_000;

/// The same for a value that is not there yet: every member that the schema
/// names may be, and every list may have one item.
const MOST_STEPS_AHEAD: u64 = 50_000_000;

/// How deep a value that is not there yet may nest.
const LEVELS_AHEAD: u64 = 4;

/// Bytes of a text that count as one step.
const BYTES_OF_A_STEP: u64 = 32;

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

/// Weighs a schema before there is anything that it could judge.
///
/// # Errors
///
/// If it is too much work to read, or for values that nest no more than a few
/// levels; or if it refers to what can't be followed.
pub fn weigh_schema(schema: &Value) -> Result<(), SchemaError> {
    Parts::new(schema).weigh(schema, 0)?;
    Steps::new(schema, MOST_STEPS_AHEAD)
        .visit(schema, Place::Ahead(LEVELS_AHEAD), 0)
        .map(|_| ())
}

/// Weighs a schema that [`weigh_schema`] has let pass, for one value.
///
/// # Errors
///
/// If it is too much work for that value.
pub fn weigh_schema_for(schema: &Value, value: &Value) -> Result<(), SchemaError> {
    Steps::new(schema, MOST_STEPS)
        .visit(schema, Place::Of(value), 0)
        .map(|_| ())
}

/// Where a reference leads.
fn target<'s>(root: &'s Value, reference: &str) -> Result<&'s Value, SchemaError> {
    let pointer = reference.strip_prefix('#');
    let found = pointer.and_then(|pointer| root.pointer(pointer));
    found.ok_or_else(|| SchemaError::Reference(cut(reference)))
}

fn cut(reference: &str) -> String {
    reference.chars().take(80).collect()
}

/// The steps to compare something with a value, or to quote it.
fn size(value: &Value) -> u64 {
    match value {
        Value::String(text) => 1 + text.len() as u64 / BYTES_OF_A_STEP,
        Value::Array(items) => 1 + items.iter().map(size).sum::<u64>(),
        Value::Object(members) => 1 + members.values().map(size).sum::<u64>(),
        _ => 1,
    }
}
