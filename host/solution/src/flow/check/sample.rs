//! A sample payload, and which errors about it hold for every payload.

use std::collections::BTreeMap;

use jsonschema::error::{TypeKind, ValidationErrorKind};
use jsonschema::{JsonType, ValidationError};
use serde_json::{Map, Value};

use super::variable_kinds::Kinds;
use crate::flow::FieldKind;
use crate::flow::mapping::Mapping;

/// What is known about one position of the sample.
pub(super) enum Unknown {
    /// Some value of this kind.
    Of(FieldKind),
    /// A text.
    Text,
    /// Anything.
    Any,
}

/// The parts of a JSON pointer.
pub(super) fn pointer(text: &str) -> Vec<String> {
    let unescape = |part: &str| part.replace("~1", "/").replace("~0", "~");
    text.split('/').skip(1).map(unescape).collect()
}

/// A payload with a value for everything that is not known yet.
pub(super) struct Sample<'a> {
    pub(super) kinds: &'a BTreeMap<&'a str, Kinds>,
    /// Whether variables that may be absent are absent.
    pub(super) absent: bool,
    /// JSON pointers to what is not known yet.
    pub(super) holes: Vec<(Vec<String>, Unknown)>,
}

impl Sample<'_> {
    pub(super) fn of(&mut self, mapping: &Mapping, at: &mut Vec<String>) -> Option<Value> {
        Some(match mapping {
            Mapping::Literal(value) => value.clone(),
            Mapping::Text(_) => self.hole(at, Unknown::Text, Value::from("text")),
            Mapping::Quote(reference) => {
                if reference.optional && self.absent {
                    return None;
                }
                match self.kinds.get(reference.name.as_str()) {
                    Some(Kinds::One(kind, choices)) if reference.parts.is_empty() => {
                        let value = example(*kind, choices.iter().next());
                        self.hole(at, Unknown::Of(*kind), value)
                    }
                    _ => self.hole(at, Unknown::Any, Value::Null),
                }
            }
            Mapping::List(items) => {
                let mut list = Vec::new();
                for item in items {
                    // Its index in the list, not in the mapping, since items may be
                    // left out.
                    at.push(list.len().to_string());
                    list.extend(self.of(item, at));
                    at.pop();
                }
                Value::Array(list)
            }
            Mapping::Object(members) => {
                let mut object = Map::new();
                for (name, value) in members {
                    at.push(name.clone());
                    if let Some(value) = self.of(value, at) {
                        object.insert(name.clone(), value);
                    }
                    at.pop();
                }
                Value::Object(object)
            }
        })
    }

    fn hole(&mut self, at: &[String], hole: Unknown, value: Value) -> Value {
        self.holes.push((at.to_vec(), hole));
        value
    }

    /// The message of an error, if it holds for every payload.
    pub(super) fn certain(&self, error: &ValidationError<'_>) -> Option<String> {
        let at = pointer(error.instance_path().as_str());
        let below = |(hole, _): &&(Vec<String>, Unknown)| hole.starts_with(&at);
        if !self.holes.iter().any(|hole| below(&hole)) {
            // Everything here is known, but whether the rule applies may not
            // be.
            return (self.holes.is_empty() || !is_conditional(error)).then(|| short(error));
        }
        if is_conditional(error) {
            return None;
        }
        let exact = self.holes.iter().find(|(hole, _)| *hole == at);
        match (error.kind(), exact) {
            (_, Some((_, Unknown::Any))) => None,
            (ValidationErrorKind::Type { kind }, Some((_, hole))) => wrong_type(kind, hole),
            (
                ValidationErrorKind::AnyOf { context }
                | ValidationErrorKind::OneOfNotValid { context },
                _,
            ) => {
                let hopeless = |errors: &Vec<ValidationError<'static>>| {
                    errors.iter().any(|error| self.certain(error).is_some())
                };
                context.iter().all(hopeless).then(|| {
                    "it matches none of the forms that the node's schema allows".to_owned()
                })
            }
            (_, Some(_)) => None,
            (
                ValidationErrorKind::Required { .. }
                | ValidationErrorKind::AdditionalProperties { .. }
                | ValidationErrorKind::PropertyNames { .. }
                | ValidationErrorKind::MinProperties { .. }
                | ValidationErrorKind::MaxProperties { .. }
                | ValidationErrorKind::MinItems { .. }
                | ValidationErrorKind::MaxItems { .. }
                | ValidationErrorKind::Type { .. }
                | ValidationErrorKind::FalseSchema,
                None,
            ) => Some(short(error)),
            _ => None,
        }
    }
}

/// The library's message without the value before it.
fn short(error: &ValidationError<'_>) -> String {
    match error.kind() {
        ValidationErrorKind::Type { kind } => format!("expected {}", types(kind)),
        ValidationErrorKind::Required { property } => format!("{property} is required here"),
        _ => error.to_string(),
    }
}

/// Whether the rule depends on other parts of the payload.
fn is_conditional(error: &ValidationError<'_>) -> bool {
    let conditional = ["if", "then", "else", "not", "dependentSchemas", "contains"];
    let path = error.evaluation_path().as_str();
    path.split('/').any(|part| conditional.contains(&part))
}

fn wrong_type(wanted: &TypeKind, hole: &Unknown) -> Option<String> {
    let (found, types_of): (String, &[JsonType]) = match hole {
        Unknown::Any => return None,
        Unknown::Text => ("a text".to_owned(), &[JsonType::String]),
        Unknown::Of(kind) => (
            format!("a variable of kind `{kind}`"),
            match kind {
                FieldKind::Boolean => &[JsonType::Boolean],
                FieldKind::Number => &[JsonType::Number, JsonType::Integer],
                FieldKind::Text
                | FieldKind::Email
                | FieldKind::Date
                | FieldKind::Phone
                | FieldKind::Choice => &[JsonType::String],
            },
        ),
    };
    let fits = |ty: &JsonType| match wanted {
        TypeKind::Single(wanted) => wanted == ty,
        TypeKind::Multiple(wanted) => wanted.contains(*ty),
    };
    (!types_of.iter().any(fits)).then(|| format!("expected {}, found {found}", types(wanted)))
}

fn types(wanted: &TypeKind) -> String {
    match wanted {
        TypeKind::Single(ty) => format!("`{ty}`"),
        TypeKind::Multiple(types) => {
            let types: Vec<String> = types.iter().map(|ty| format!("`{ty}`")).collect();
            types.join(" or ")
        }
    }
}

fn example(kind: FieldKind, choice: Option<&String>) -> Value {
    match kind {
        FieldKind::Text => Value::from("text"),
        FieldKind::Email => Value::from("ada@example.com"),
        FieldKind::Date => Value::from("1990-12-10"),
        FieldKind::Phone => Value::from("+14155550100"),
        FieldKind::Choice => Value::from(choice.map_or("text", String::as_str)),
        FieldKind::Number => Value::from(1),
        FieldKind::Boolean => Value::from(true),
    }
}
