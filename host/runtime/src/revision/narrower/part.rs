//! A schema split into the parts that all have to be valid at once.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

/// Keywords that refuse nothing, and those that [`parts`] has followed.
const SILENT: &[&str] = &[
    "$anchor",
    "$comment",
    "$defs",
    "$id",
    "$ref",
    "$schema",
    "$vocabulary",
    "allOf",
    "contentEncoding",
    "contentMediaType",
    "default",
    "definitions",
    "deprecated",
    "description",
    "example",
    "examples",
    "readOnly",
    "title",
    "writeOnly",
];

pub(super) fn is_silent(key: &str) -> bool {
    SILENT.contains(&key) || key.starts_with("x-")
}

/// Keywords that apply together with those of other parts.
#[derive(Clone, Copy)]
pub(super) struct Part<'s> {
    pub(super) keywords: &'s Map<String, Value>,
    /// Whether an alternative (`anyOf`, `oneOf`) still has to be chosen.
    pub(super) whole: bool,
}

/// The parts of all these schemas, through references and `allOf`; `None` if no
/// value can be valid.
pub(super) fn parts<'s>(root: &'s Value, schemas: &[&'s Value]) -> Option<Vec<Part<'s>>> {
    let mut parts = Vec::new();
    let mut waiting: Vec<&'s Value> = schemas.to_vec();
    let mut seen: BTreeSet<*const Value> = BTreeSet::new();
    while let Some(schema) = waiting.pop() {
        if !seen.insert(std::ptr::from_ref(schema)) {
            continue;
        }
        let keywords = match schema {
            Value::Object(keywords) => keywords,
            Value::Bool(false) => return None,
            _ => continue,
        };
        parts.push(Part {
            keywords,
            whole: true,
        });
        waiting.extend(list(keywords, "allOf").into_iter().flatten());
        waiting.extend(
            keywords
                .get("$ref")
                .and_then(|target| resolve(root, target)),
        );
    }
    Some(parts)
}

/// The alternatives of a part, one of which has to be valid.
pub(super) fn forms<'s>(part: &Part<'s>) -> Option<&'s [Value]> {
    let forms = || list(part.keywords, "anyOf").or_else(|| list(part.keywords, "oneOf"));
    part.whole.then(forms).flatten()
}

fn list<'s>(keywords: &'s Map<String, Value>, key: &str) -> Option<&'s [Value]> {
    keywords.get(key)?.as_array().map(Vec::as_slice)
}

/// The target of a reference, which must be within its schema.
pub(super) fn resolve<'s>(root: &'s Value, target: &Value) -> Option<&'s Value> {
    root.pointer(target.as_str()?.strip_prefix('#')?)
}

/// The types that a value can have, if the part restricts them.
pub(super) fn types(part: &Map<String, Value>) -> Option<BTreeSet<&str>> {
    if let Some(values) = values(part) {
        return Some(values.into_iter().map(type_of).collect());
    }
    match part.get("type")? {
        Value::String(one) => Some([one.as_str()].into()),
        Value::Array(some) => some.iter().map(Value::as_str).collect(),
        _ => None,
    }
}

/// The only values that a part accepts, if it lists them.
pub(super) fn values(part: &Map<String, Value>) -> Option<Vec<&Value>> {
    match (part.get("const"), part.get("enum")) {
        (Some(value), _) => Some(vec![value]),
        (None, Some(Value::Array(values))) => Some(values.iter().collect()),
        _ => None,
    }
}

fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

/// Whether no value can be valid for two of these alternatives, as far as their
/// own keywords show.
pub(super) fn are_apart(forms: &[Value]) -> bool {
    let maps: Option<Vec<_>> = forms.iter().map(Value::as_object).collect();
    let Some(maps) = maps else { return false };
    let apart = |(at, one): (usize, &&Map<String, Value>)| {
        let mut others = maps.iter().skip(at + 1);
        others.all(|other| two_apart(one, other))
    };
    maps.iter().enumerate().all(apart)
}

fn two_apart(one: &Map<String, Value>, other: &Map<String, Value>) -> bool {
    if let (Some(one), Some(other)) = (values(one), values(other)) {
        return !one.iter().any(|value| other.contains(value));
    }
    if let (Some(one), Some(other)) = (types(one), types(other)) {
        let is_number =
            |types: &BTreeSet<&str>| types.contains("number") || types.contains("integer");
        if one.is_disjoint(&other) && !(is_number(&one) && is_number(&other)) {
            return true;
        }
    }
    let needs = |of: &'_ Map<String, Value>, name: &str| required(of).any(|other| other == name);
    let lacks = |of: &Map<String, Value>, name: &str| {
        let named = of
            .get("properties")
            .is_some_and(|all| all.get(name).is_some());
        of.get("additionalProperties") == Some(&Value::Bool(false))
            && !of.contains_key("patternProperties")
            && !named
    };
    let tag = |of: &Map<String, Value>, name: &str| -> Option<Vec<Value>> {
        let tag = of.get("properties")?.get(name)?.as_object()?;
        Some(values(tag)?.into_iter().cloned().collect())
    };
    required(one).any(|name| {
        lacks(other, name)
            || needs(other, name)
                && tag(one, name)
                    .zip(tag(other, name))
                    .is_some_and(|(one, other)| !one.iter().any(|value| other.contains(value)))
    }) || required(other).any(|name| lacks(one, name))
}

/// The required members.
pub(super) fn required(part: &Map<String, Value>) -> impl Iterator<Item = &str> {
    let names = part.get("required").and_then(Value::as_array);
    names.into_iter().flatten().filter_map(Value::as_str)
}
