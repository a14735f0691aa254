//! How a payload is built from variables and literals.
//!
//! A mapping is a value whose strings may quote variables. A string that is one
//! quotation and nothing else becomes the variable's own value, of whatever
//! type; `"{name?}"` leaves the member or item out if the variable is not set.
//! Everything else is a literal.

use serde_json::{Map, Value};

use crate::flow::text::{Reference, Text};
use crate::key::Key;

/// A value with quotations.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Mapping {
    /// A literal.
    Literal(Value),
    /// A variable's own value.
    Quote(Reference),
    /// A text that quotes variables.
    Text(Text),
    List(Vec<Mapping>),
    Object(Vec<(String, Mapping)>),
}

impl Mapping {
    /// Parses a value. `wrong` gets every invalid string.
    pub(crate) fn parse(value: Value, key: &Key, wrong: &mut dyn FnMut(&Key, String)) -> Mapping {
        match value {
            Value::String(text) => match Text::parse(&text) {
                Ok(text) => match text.alone() {
                    Some(reference) => Mapping::Quote(reference.clone()),
                    None if text.references().next().is_none() => {
                        Mapping::Literal(Value::String(text.fill(&Map::new())))
                    }
                    None => Mapping::Text(text),
                },
                Err(error) => {
                    wrong(key, error);
                    Mapping::Literal(Value::String(text))
                }
            },
            Value::Array(items) => Mapping::List(
                items
                    .into_iter()
                    .enumerate()
                    .map(|(index, item)| Mapping::parse(item, &key.item(index), wrong))
                    .collect(),
            ),
            Value::Object(members) => Mapping::Object(
                members
                    .into_iter()
                    .map(|(name, value)| {
                        let value = Mapping::parse(value, &key.child(&name), wrong);
                        (name, value)
                    })
                    .collect(),
            ),
            literal => Mapping::Literal(literal),
        }
    }

    /// Calls `visit` with every quotation and its key.
    pub(crate) fn references(&self, key: &Key, visit: &mut dyn FnMut(&Key, &Reference)) {
        match self {
            Mapping::Literal(_) => {}
            Mapping::Quote(reference) => visit(key, reference),
            Mapping::Text(text) => text
                .references()
                .for_each(|reference| visit(key, reference)),
            Mapping::List(items) => {
                for (index, item) in items.iter().enumerate() {
                    item.references(&key.item(index), visit);
                }
            }
            Mapping::Object(members) => {
                for (name, value) in members {
                    value.references(&key.child(name), visit);
                }
            }
        }
    }

    /// The value with these variables.
    ///
    /// # Errors
    ///
    /// The first quotation without a question mark whose variable, or part of
    /// it, is missing.
    pub(crate) fn fill(&self, variables: &Map<String, Value>) -> Result<Value, &Reference> {
        Ok(self.member(variables)?.unwrap_or(Value::Null))
    }

    /// The same for a value that can be left out.
    fn member(&self, variables: &Map<String, Value>) -> Result<Option<Value>, &Reference> {
        Ok(Some(match self {
            Mapping::Literal(value) => value.clone(),
            Mapping::Quote(reference) => match reference.find(variables) {
                Some(value) => value.clone(),
                None if reference.optional => return Ok(None),
                None => return Err(reference),
            },
            Mapping::Text(text) => {
                let lacking = |reference: &&Reference| {
                    !reference.optional && reference.find(variables).is_none()
                };
                if let Some(reference) = text.references().find(lacking) {
                    return Err(reference);
                }
                Value::String(text.fill(variables))
            }
            Mapping::List(items) => {
                let mut list = Vec::with_capacity(items.len());
                for item in items {
                    list.extend(item.member(variables)?);
                }
                Value::Array(list)
            }
            Mapping::Object(members) => {
                let mut object = Map::new();
                for (name, value) in members {
                    if let Some(value) = value.member(variables)? {
                        object.insert(name.clone(), value);
                    }
                }
                Value::Object(object)
            }
        }))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn parse(value: Value) -> Mapping {
        Mapping::parse(value, &Key::root(), &mut |key, error| {
            panic!("{key}: {error}")
        })
    }

    fn variables() -> Map<String, Value> {
        let Value::Object(variables) = json!({"name": "Ada", "age": 36, "r": {"ids": [7]}}) else {
            unreachable!()
        };
        variables
    }

    #[test]
    fn a_payload_reaches_nested_objects_and_keeps_types() {
        let mapping = parse(json!({
            "user": {"first_name": "{name}", "age": "{age}", "label": "{name}, {age}", "nick": "{nick?}"},
            "ids": ["{r.ids.0}", "{r.ids.1?}", 1, true, null],
            "literal": {"braces": "{{name}}", "empty": {}},
        }));
        assert_eq!(
            mapping.fill(&variables()).unwrap(),
            json!({
                "user": {"first_name": "Ada", "age": 36, "label": "Ada, 36"},
                "ids": [7, 1, true, null],
                "literal": {"braces": "{name}", "empty": {}},
            })
        );
        assert_eq!(
            parse(json!("{r}")).fill(&variables()).unwrap(),
            json!({"ids": [7]})
        );
    }

    #[test]
    fn half_a_payload_is_none() {
        for (value, lacks) in [
            (json!({"a": {"b": "{nick}"}}), "nick"),
            (json!(["{r.ids.1}"]), "r.ids.1"),
            (json!("{name} {r.no}"), "r.no"),
        ] {
            assert_eq!(
                parse(value).fill(&variables()).unwrap_err().to_string(),
                lacks
            );
        }
    }

    #[test]
    fn every_wrong_text_is_reported_with_its_place() {
        let mut found = Vec::new();
        let value = json!({"a": ["{", {"b": "}"}], "c": "fine"});
        Mapping::parse(value, &Key::root(), &mut |key, _| {
            found.push(key.to_string())
        });
        assert_eq!(found, ["a[0]", "a[1].b"]);
    }
}
