//! How much of a schema has to be read.

use std::collections::HashMap;

use serde_json::Value;

use super::error::SchemaError;
use super::measure::{cut, size, target};

/// The most parts of a schema, each counted as often as it is referred to.
const MOST_PARTS: u64 = 50_000;

/// How deep schemas may nest, through their references.
const DEEPEST: u64 = 128;

/// How much of a schema has to be read, references followed.
pub(super) struct Parts<'s> {
    root: &'s Value,
    /// The weights found so far, by address; `None` for a schema that is being
    /// weighed.
    known: HashMap<*const Value, Option<Weight>>,
}

#[derive(Clone, Copy)]
pub(super) struct Weight {
    parts: u64,
    height: u64,
}

impl<'s> Parts<'s> {
    pub(super) fn new(root: &'s Value) -> Parts<'s> {
        Parts {
            root,
            known: HashMap::new(),
        }
    }

    pub(super) fn weigh(&mut self, part: &'s Value, depth: u64) -> Result<Weight, SchemaError> {
        let mut weight = Weight {
            parts: 1,
            height: 1,
        };
        let place = std::ptr::from_ref(part);
        match self.known.get(&place) {
            Some(Some(known)) if depth + known.height > DEEPEST => {
                return Err(SchemaError::TooMuch);
            }
            Some(Some(known)) => return Ok(*known),
            // It is recursive: how often depends on the value.
            Some(None) => return Ok(weight),
            None if depth > DEEPEST => return Err(SchemaError::TooMuch),
            None => {}
        }
        self.known.insert(place, None);
        let inner: Vec<&'s Value> = match part {
            Value::Array(items) => items.iter().collect(),
            Value::Object(members) => {
                let mut inner = Vec::new();
                for (name, value) in members {
                    inner.push(match (name.as_str(), value) {
                        ("$ref", Value::String(reference)) => target(self.root, reference)?,
                        // Their targets are only known at validation.
                        ("$dynamicRef" | "$recursiveRef", Value::String(reference)) => {
                            return Err(SchemaError::Reference(cut(reference)));
                        }
                        // Counted where they are referred to; here they are
                        // only read.
                        ("$defs" | "definitions", definitions) => {
                            weight.parts += size(definitions);
                            continue;
                        }
                        (_, value) => value,
                    });
                }
                inner
            }
            _ => Vec::new(),
        };
        for part in inner {
            let inner = self.weigh(part, depth + 1)?;
            weight.parts += inner.parts;
            weight.height = weight.height.max(inner.height + 1);
            if weight.parts > MOST_PARTS {
                return Err(SchemaError::TooMuch);
            }
        }
        self.known.insert(place, Some(weight));
        Ok(weight)
    }
}
