//! Schemas from components, whose cost is measured before they validate.
//!
//! A validator that has started can't be stopped. A schema of a few hundred
//! bytes whose definitions refer to each other twice would keep it busy for
//! years, and one that refers to itself a thousand times would take all memory
//! for a payload three levels deep. So the steps of the validator are counted
//! first: by visiting the schema as it would, but each pair of schema and value
//! only once.

mod error;
mod measure;
mod parts;
mod steps;
#[cfg(test)]
mod tests;

use serde_json::Value;

pub use error::SchemaError;
use parts::Parts;
use steps::{CheckedValue, Steps};

/// The most steps of a validator for a given value.
const MOST_STEPS: u64 = 100_000;

/// The most steps for an unknown value: every member that the schema names may
/// be present, and every list may have one item.
const MOST_STEPS_AHEAD: u64 = 50_000_000;

/// How deep an unknown value may nest.
const LEVELS_AHEAD: u64 = 4;

/// Measures a schema before there is a value to validate.
///
/// # Errors
///
/// If it is too much work to read, or to validate values that nest only a few
/// levels; or if it has a reference that can't be followed.
pub fn weigh_schema(schema: &Value) -> Result<(), SchemaError> {
    Parts::new(schema).weigh(schema, 0)?;
    Steps::new(schema, MOST_STEPS_AHEAD)
        .visit(schema, CheckedValue::Unknown(LEVELS_AHEAD), 0)
        .map(|_| ())
}

/// Measures a schema that has passed [`weigh_schema`], for one value.
///
/// # Errors
///
/// If validating that value is too much work.
pub fn weigh_schema_for(schema: &Value, value: &Value) -> Result<(), SchemaError> {
    Steps::new(schema, MOST_STEPS)
        .visit(schema, CheckedValue::Known(value), 0)
        .map(|_| ())
}
