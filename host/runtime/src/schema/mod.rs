//! Schemas as components hand them over: weighed before they judge.
//!
//! Nothing can stop a validator that has begun. A schema of a few hundred bytes
//! whose definitions name each other twice would keep it busy for years, and one
//! that names itself a thousand times would take all memory for a payload three
//! deep. So the steps that a validator would make are counted first: by going
//! through the schema as it would, each pair of schema and value once.

mod error;
mod measure;
mod parts;
mod steps;
#[cfg(test)]
mod tests;

use serde_json::Value;

pub use error::SchemaError;
use parts::Parts;
use steps::{Place, Steps};

/// The most steps of a validator, for a value.
const MOST_STEPS: u64 = 100_000;

/// The same for a value that is not there yet: every member that the schema
/// names may be, and every list may have one item.
const MOST_STEPS_AHEAD: u64 = 50_000_000;

/// How deep a value that is not there yet may nest.
const LEVELS_AHEAD: u64 = 4;

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
