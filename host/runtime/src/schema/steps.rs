//! How many steps a validator takes.

use std::collections::HashMap;

use serde_json::{Map, Value};

use super::error::SchemaError;
use super::measure::{size, target};

/// How deep a validator recurses for a value, through schema and value
/// together.
const DEEPEST_VISIT: u64 = 256;

/// A known or an unknown value.
#[derive(Clone, Copy)]
pub(super) enum CheckedValue<'v> {
    Known(&'v Value),
    /// Any value that nests this many levels.
    Unknown(u64),
}

impl<'v> CheckedValue<'v> {
    /// A number that identifies the place.
    fn key(self) -> usize {
        match self {
            CheckedValue::Known(value) => std::ptr::from_ref(value).addr(),
            CheckedValue::Unknown(levels) => usize::try_from(levels).unwrap_or(usize::MAX),
        }
    }

    /// The member with this name.
    fn member(self, name: &str) -> Option<CheckedValue<'v>> {
        match self {
            CheckedValue::Known(value) => value.get(name).map(CheckedValue::Known),
            CheckedValue::Unknown(levels) => levels.checked_sub(1).map(CheckedValue::Unknown),
        }
    }

    /// The item with this number.
    fn item(self, number: usize) -> Option<CheckedValue<'v>> {
        match self {
            CheckedValue::Known(value) => value.get(number).map(CheckedValue::Known),
            CheckedValue::Unknown(levels) => levels.checked_sub(1).map(CheckedValue::Unknown),
        }
    }

    /// Every member and item.
    fn all(self) -> Vec<CheckedValue<'v>> {
        match self {
            CheckedValue::Known(Value::Array(items)) => {
                items.iter().map(CheckedValue::Known).collect()
            }
            CheckedValue::Known(Value::Object(members)) => {
                members.values().map(CheckedValue::Known).collect()
            }
            CheckedValue::Known(_) => Vec::new(),
            CheckedValue::Unknown(levels) => levels
                .checked_sub(1)
                .map(CheckedValue::Unknown)
                .into_iter()
                .collect(),
        }
    }
}

/// Counts the steps of a validator.
pub(super) struct Steps<'s> {
    root: &'s Value,
    most: u64,
    /// The costs found so far, by schema and value; `None` for a pair that is
    /// being counted.
    known: HashMap<(*const Value, usize), Option<Cost>>,
}

/// The steps of a validator: to tell whether a value is valid, and to report
/// what is wrong with it. The second repeats the first wherever there are
/// alternatives.
#[derive(Clone, Copy, Default)]
pub(super) struct Cost {
    valid: u64,
    errors: u64,
    height: u64,
}

impl Cost {
    fn add(&mut self, inner: Cost) {
        self.valid = self.valid.saturating_add(inner.valid);
        self.errors = self.errors.saturating_add(inner.errors);
        self.height = self.height.max(inner.height + 1);
    }

    /// As `add`, for schemas that are checked for validity before errors are
    /// reported.
    fn add_asked(&mut self, inner: Cost) {
        let errors = inner.errors.saturating_add(inner.valid);
        self.add(Cost { errors, ..inner });
    }
}

impl<'s> Steps<'s> {
    pub(super) fn new(root: &'s Value, most: u64) -> Steps<'s> {
        Steps {
            root,
            most,
            known: HashMap::new(),
        }
    }

    pub(super) fn visit(
        &mut self,
        schema: &'s Value,
        place: CheckedValue<'_>,
        depth: u64,
    ) -> Result<Cost, SchemaError> {
        let key = (std::ptr::from_ref(schema), place.key());
        match self.known.get(&key) {
            Some(Some(known)) if depth + known.height > DEEPEST_VISIT => {
                return Err(SchemaError::TooMuch);
            }
            Some(Some(known)) => return Ok(*known),
            // The validator stops there, too.
            Some(None) => return Ok(Cost::default()),
            None if depth > DEEPEST_VISIT => return Err(SchemaError::TooMuch),
            None => {}
        }
        self.known.insert(key, None);
        let mut cost = Cost {
            valid: 1,
            errors: 1,
            height: 1,
        };
        if let Value::Object(members) = schema {
            for (name, value) in members {
                self.keyword(members, name, value, place, depth + 1, &mut cost)?;
                if cost.valid.max(cost.errors) > self.most {
                    return Err(SchemaError::TooMuch);
                }
            }
        }
        self.known.insert(key, Some(cost));
        Ok(cost)
    }

    /// Adds the cost of one keyword of a schema.
    fn keyword(
        &mut self,
        schema: &'s Map<String, Value>,
        name: &str,
        value: &'s Value,
        place: CheckedValue<'_>,
        depth: u64,
        cost: &mut Cost,
    ) -> Result<(), SchemaError> {
        match (name, value) {
            ("$defs" | "definitions", _) => {}
            ("$ref", Value::String(reference)) => {
                cost.add(self.visit(target(self.root, reference)?, place, depth)?);
            }
            ("allOf" | "anyOf" | "oneOf", Value::Array(schemas)) => {
                for schema in schemas {
                    cost.add_asked(self.visit(schema, place, depth)?);
                }
            }
            ("not" | "if" | "then" | "else", schema) => {
                cost.add_asked(self.visit(schema, place, depth)?);
            }
            ("dependentSchemas" | "dependencies", Value::Object(schemas)) => {
                for schema in schemas.values() {
                    cost.add(self.visit(schema, place, depth)?);
                }
            }
            ("properties", Value::Object(schemas)) => {
                cost.add(of(schemas.len() as u64));
                for (name, schema) in schemas {
                    if let Some(member) = place.member(name) {
                        cost.add(self.visit(schema, member, depth)?);
                    }
                }
            }
            ("patternProperties", Value::Object(schemas)) => {
                for schema in schemas.values() {
                    self.each(schema, place, depth, cost)?;
                }
            }
            ("prefixItems" | "items", Value::Array(schemas)) => {
                for (number, schema) in schemas.iter().enumerate() {
                    if let Some(item) = place.item(number) {
                        cost.add(self.visit(schema, item, depth)?);
                    }
                }
            }
            ("unevaluatedProperties" | "unevaluatedItems", unevaluated) => {
                // The validator repeats the work to find out what has been
                // evaluated.
                for (name, value) in schema {
                    if !name.starts_with("unevaluated") {
                        self.keyword(schema, name, value, place, depth, cost)?;
                    }
                }
                self.each(unevaluated, place, depth, cost)?;
            }
            ("additionalProperties" | "additionalItems" | "items" | "contains", schema) => {
                self.each(schema, place, depth, cost)?;
            }
            ("propertyNames", schema) => {
                let inner = self.visit(schema, CheckedValue::Unknown(0), depth)?;
                place.all().iter().for_each(|_| cost.add(inner));
            }
            // Every item is compared with every other.
            ("uniqueItems", _) => {
                let items = place.all().len() as u64;
                cost.add(of(items.saturating_mul(items)));
            }
            (_, value) => cost.add(of(size(value))),
        }
        Ok(())
    }

    /// Adds the cost of a schema for every member and item.
    fn each(
        &mut self,
        schema: &'s Value,
        place: CheckedValue<'_>,
        depth: u64,
        cost: &mut Cost,
    ) -> Result<(), SchemaError> {
        for child in place.all() {
            cost.add_asked(self.visit(schema, child, depth)?);
        }
        Ok(())
    }
}

fn of(steps: u64) -> Cost {
    Cost {
        valid: steps,
        errors: steps,
        height: 1,
    }
}
