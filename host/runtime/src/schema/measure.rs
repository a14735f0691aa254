//! The targets of references, and the cost of values.

use serde_json::Value;

use super::error::SchemaError;

/// How many bytes of a text count as one step.
const BYTES_OF_A_STEP: u64 = 32;

/// The target of a reference.
pub(super) fn target<'s>(root: &'s Value, reference: &str) -> Result<&'s Value, SchemaError> {
    let pointer = reference.strip_prefix('#');
    let found = pointer.and_then(|pointer| root.pointer(pointer));
    found.ok_or_else(|| SchemaError::Reference(cut(reference)))
}

pub(super) fn cut(reference: &str) -> String {
    reference.chars().take(80).collect()
}

/// The steps to compare a value with another, or to quote it.
pub(super) fn size(value: &Value) -> u64 {
    match value {
        Value::String(text) => 1 + text.len() as u64 / BYTES_OF_A_STEP,
        Value::Array(items) => 1 + items.iter().map(size).sum::<u64>(),
        Value::Object(members) => 1 + members.values().map(size).sum::<u64>(),
        _ => 1,
    }
}
