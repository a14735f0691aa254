//! Schemas as components hand them over: judged before they judge.
//!
//! Nothing can stop a validator that has begun. A schema of a few hundred
//! bytes, whose definitions name each other twice, would keep it busy for
//! years, and a long chain of them would use up the stack.

use std::collections::HashMap;

use jsonschema::{PatternOptions, Validator};
use serde_json::Value;

/// What a regular expression may compile to, in bytes.
const REGEX_BYTES: usize = 1 << 20;

/// The most schemas, each counted as often as it is named.
const MOST: u64 = 20_000;

/// How deep schemas nest, through their references.
const DEEPEST: u64 = 128;

/// The validator of a schema (2020-12 unless it says otherwise). A text that
/// is no schema, or one that is too much work, judges nothing. It fetches
/// nothing, and its patterns take linear time.
pub(crate) fn validator(schema: &str) -> Option<Validator> {
    let schema: Value = serde_json::from_str(schema).ok()?;
    Scale {
        root: &schema,
        known: HashMap::new(),
    }
    .weigh(&schema, 0)?;
    jsonschema::draft202012::options()
        .with_pattern_options(PatternOptions::regex().size_limit(REGEX_BYTES))
        .offline()
        .build(&schema)
        .ok()
}

/// How much work a part of a schema is.
#[derive(Clone, Copy)]
struct Weight {
    schemas: u64,
    height: u64,
}

struct Scale<'s> {
    root: &'s Value,
    /// What has been weighed, by its place in memory; nothing for what is
    /// being weighed.
    known: HashMap<*const Value, Option<Weight>>,
}

impl<'s> Scale<'s> {
    /// The weight of a part, or nothing if it is too much.
    fn weigh(&mut self, part: &'s Value, depth: u64) -> Option<Weight> {
        let mut weight = Weight {
            schemas: 1,
            height: 1,
        };
        let place = std::ptr::from_ref(part);
        match self.known.get(&place) {
            Some(Some(known)) => {
                return (depth + known.height <= DEEPEST).then_some(*known);
            }
            // It goes round: how often depends on the payload, which is small.
            Some(None) => return Some(weight),
            None => {}
        }
        if depth > DEEPEST {
            return None;
        }
        self.known.insert(place, None);
        let mut add = |scale: &mut Scale<'s>, part| {
            let inner = scale.weigh(part, depth + 1)?;
            weight.schemas += inner.schemas;
            weight.height = weight.height.max(inner.height + 1);
            (weight.schemas <= MOST).then_some(())
        };
        match part {
            Value::Array(items) => {
                for item in items {
                    add(self, item)?;
                }
            }
            Value::Object(members) => {
                for (name, value) in members {
                    match (name.as_str(), value) {
                        ("$ref", Value::String(reference)) => {
                            let target = self.root.pointer(reference.strip_prefix('#')?)?;
                            add(self, target)?;
                        }
                        // What these name can't be told from here.
                        ("$dynamicRef" | "$recursiveRef", _) => return None,
                        _ => add(self, value)?,
                    }
                }
            }
            _ => {}
        }
        self.known.insert(place, Some(weight));
        Some(weight)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, json};

    use super::*;

    fn is_judge(schema: &Value) -> bool {
        validator(&schema.to_string()).is_some()
    }

    /// Definitions of which each names the next so often.
    fn chain(length: usize, times: usize) -> Value {
        let mut definitions = Map::new();
        for number in 0..length {
            let next = json!({ "$ref": format!("#/$defs/d{}", number + 1) });
            definitions.insert(format!("d{number}"), json!({ "anyOf": vec![next; times] }));
        }
        definitions.insert(format!("d{length}"), json!(false));
        json!({ "$ref": "#/$defs/d0", "$defs": definitions })
    }

    #[test]
    fn a_schema_that_is_too_much_work_judges_nothing() {
        assert!(is_judge(&json!(true)));
        assert!(is_judge(&json!({"$ref": "#"})));
        assert!(is_judge(&chain(10, 2)));
        assert!(!is_judge(&chain(40, 2)));
        assert!(!is_judge(&chain(5_000, 1)));
        for reference in ["#anchor", "https://schemas.example/x", "#/$defs/none"] {
            assert!(!is_judge(&json!({ "$ref": reference })), "{reference}");
        }
        assert!(!is_judge(
            &json!({"$dynamicAnchor": "a", "$dynamicRef": "#a"})
        ));
        assert!(!is_judge(&json!({"pattern": "(a{1000}){1000}"})));
    }
}
