//! Payloads that a node's schema can never accept.
//!
//! Most of a payload is known only when the flow runs. So the schema judges a
//! specimen: literals as they are, and for each variable a value of its kind.
//! Of what it complains about, only that counts which holds for every payload
//! the flow can build: a complaint about a literal, about the type of a
//! variable, or about which members there are. A pattern that the specimen of
//! an e-mail address does not match says nothing, for another may.

use std::collections::BTreeMap;

use jsonschema::error::{TypeKind, ValidationErrorKind};
use jsonschema::{JsonType, PatternOptions, ValidationError, Validator};
use serde_json::{Map, Value};

use super::key;
use super::variables::{Kinds, kinds};
use crate::document::Report;
use crate::flow::mapping::Mapping;
use crate::flow::{Action, Does, FieldKind, Flow, Nodes};
use crate::key::Step;

/// Where a schema's regular expression is not allowed to grow beyond.
const REGEX_BYTES: usize = 1 << 20;

pub(super) fn check(flow: &Flow, nodes: &Nodes, report: &mut Report<'_>) {
    let kinds = kinds(flow);
    for step in flow.steps.values() {
        let Does::Action(action) = &step.does else {
            continue;
        };
        let schema = nodes
            .description(&action.node)
            .and_then(|description| description.payload_schema.as_deref());
        let Some(validator) = schema.and_then(|schema| validator(schema.get())) else {
            continue;
        };
        for fault in faults(&validator, action, &kinds) {
            let place = fault
                .at
                .iter()
                .fold(key(&step.name).child("payload"), |key, part| match part {
                    Step::Name(name) => key.child(name),
                    Step::Index(index) => key.item(*index),
                });
            report.value(
                &place,
                format!("node `{}` can't take it: {}", action.node, fault.message),
            );
        }
    }
}

/// The validator of a schema (2020-12 unless it says otherwise). A schema that
/// is none judges nothing; it fetches nothing, and its patterns take linear time.
pub(crate) fn validator(schema: &str) -> Option<Validator> {
    let schema: Value = serde_json::from_str(schema).ok()?;
    jsonschema::draft202012::options()
        .with_pattern_options(PatternOptions::regex().size_limit(REGEX_BYTES))
        .offline()
        .build(&schema)
        .ok()
}

/// A place in a payload.
type Place = Vec<Step>;

/// What is known of one place of the specimen.
enum Hole {
    /// Some value of this kind.
    Of(FieldKind),
    /// A text.
    Text,
    /// Anything.
    Any,
}

fn faults(validator: &Validator, action: &Action, kinds: &BTreeMap<&str, Kinds>) -> Vec<Fault> {
    let judge = |absent| judge(validator, &action.payload, kinds, absent);
    // With everything that may be absent, and without. A member that is there
    // at times has to be allowed, and must not be required; whether one of
    // several forms fits can be said only if it never does.
    let (mut faults, without) = (judge(false), judge(true));
    faults.retain(|fault| fault.what != What::Forms || without.contains(fault));
    for fault in without {
        if fault.what == What::Required && !faults.contains(&fault) {
            let message = format!("{} when the variable is absent", fault.message);
            faults.push(Fault { message, ..fault });
        }
    }
    faults
}

/// What is wrong with a place of a payload.
#[derive(PartialEq)]
struct Fault {
    at: Place,
    message: String,
    what: What,
}

#[derive(Clone, Copy, PartialEq)]
enum What {
    Required,
    Forms,
    Other,
}

fn judge(
    validator: &Validator,
    payload: &Mapping,
    kinds: &BTreeMap<&str, Kinds>,
    absent: bool,
) -> Vec<Fault> {
    let mut specimen = Specimen {
        kinds,
        absent,
        holes: Vec::new(),
    };
    let value = specimen.of(payload, &mut Vec::new()).unwrap_or(Value::Null);
    let mut faults = Vec::new();
    for error in validator.iter_errors(&value) {
        let Some(message) = specimen.certain(&error) else {
            continue;
        };
        let at = place(&error, &value);
        match error.kind() {
            ValidationErrorKind::AdditionalProperties { unexpected } => {
                for name in unexpected {
                    let mut at = at.clone();
                    at.push(Step::Name(name.clone()));
                    faults.push(Fault {
                        at,
                        message: "no member of this name is known there".to_owned(),
                        what: What::Other,
                    });
                }
            }
            kind => faults.push(Fault {
                at,
                message,
                what: match kind {
                    ValidationErrorKind::Required { .. } => What::Required,
                    ValidationErrorKind::AnyOf { .. }
                    | ValidationErrorKind::OneOfNotValid { .. } => What::Forms,
                    _ => What::Other,
                },
            }),
        }
    }
    faults
}

/// The place that a complaint is about.
fn place(error: &ValidationError<'_>, value: &Value) -> Place {
    let mut place = Vec::new();
    let mut at = Some(value);
    for part in pointer(error.instance_path().as_str()) {
        let step = match at {
            Some(Value::Array(items)) => {
                let index = part.parse().unwrap_or_default();
                at = items.get(index);
                Step::Index(index)
            }
            Some(Value::Object(members)) => {
                at = members.get(&part);
                Step::Name(part)
            }
            _ => break,
        };
        place.push(step);
    }
    place
}

/// The parts of a JSON pointer.
fn pointer(text: &str) -> Vec<String> {
    let unescape = |part: &str| part.replace("~1", "/").replace("~0", "~");
    text.split('/').skip(1).map(unescape).collect()
}

/// A payload with a value for everything that is not known yet.
struct Specimen<'a> {
    kinds: &'a BTreeMap<&'a str, Kinds>,
    /// Whether variables that may be absent are.
    absent: bool,
    /// JSON pointers of what is not known yet.
    holes: Vec<(Vec<String>, Hole)>,
}

impl Specimen<'_> {
    fn of(&mut self, mapping: &Mapping, at: &mut Vec<String>) -> Option<Value> {
        Some(match mapping {
            Mapping::Literal(value) => value.clone(),
            Mapping::Text(_) => self.hole(at, Hole::Text, Value::from("text")),
            Mapping::Quote(reference) => {
                if reference.optional && self.absent {
                    return None;
                }
                match self.kinds.get(reference.name.as_str()) {
                    Some(Kinds::One(kind, choices)) if reference.parts.is_empty() => {
                        let value = example(*kind, choices.iter().next());
                        self.hole(at, Hole::Of(*kind), value)
                    }
                    _ => self.hole(at, Hole::Any, Value::Null),
                }
            }
            Mapping::List(items) => {
                let mut list = Vec::new();
                for item in items {
                    // Its place in the list, not in the mapping: items may be left out.
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

    fn hole(&mut self, at: &[String], hole: Hole, value: Value) -> Value {
        self.holes.push((at.to_vec(), hole));
        value
    }

    /// A complaint in words, if it holds for every payload.
    fn certain(&self, error: &ValidationError<'_>) -> Option<String> {
        let at = pointer(error.instance_path().as_str());
        let below = |(hole, _): &&(Vec<String>, Hole)| hole.starts_with(&at);
        if !self.holes.iter().any(|hole| below(&hole)) {
            // Nothing here is open, but whether the rule applies may be.
            return (self.holes.is_empty() || !is_conditional(error)).then(|| short(error));
        }
        if is_conditional(error) {
            return None;
        }
        let exact = self.holes.iter().find(|(hole, _)| *hole == at);
        match (error.kind(), exact) {
            (_, Some((_, Hole::Any))) => None,
            (ValidationErrorKind::Type { kind }, Some((_, hole))) => wrong_type(kind, hole),
            (
                ValidationErrorKind::AnyOf { context }
                | ValidationErrorKind::OneOfNotValid { context },
                _,
            ) => {
                let hopeless = |errors: &Vec<ValidationError<'static>>| {
                    errors.iter().any(|error| self.certain(error).is_some())
                };
                context
                    .iter()
                    .all(hopeless)
                    .then(|| "it fits none of the forms that the node's schema names".to_owned())
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

/// The library's words without the whole value in front of them.
fn short(error: &ValidationError<'_>) -> String {
    match error.kind() {
        ValidationErrorKind::Type { kind } => format!("{} is wanted", types(kind)),
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

fn wrong_type(wanted: &TypeKind, hole: &Hole) -> Option<String> {
    let (found, types_of): (String, &[JsonType]) = match hole {
        Hole::Any => return None,
        Hole::Text => ("a text".to_owned(), &[JsonType::String]),
        Hole::Of(kind) => (
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
    (!types_of.iter().any(fits))
        .then(|| format!("{} is wanted, and this is {found}", types(wanted)))
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
