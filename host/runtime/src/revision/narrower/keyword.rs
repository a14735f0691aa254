//! The values that single keywords refuse.

use serde_json::{Map, Value};

use super::Comparison;
use super::part::{Part, are_apart, required, types, values};

impl<'s> Comparison<'s> {
    /// Whether one keyword of `new` accepts all values that all of `old`
    /// accept.
    pub(super) fn keyword(
        &mut self,
        old: &[Part<'s>],
        new: &'s Map<String, Value>,
        key: &str,
        value: &'s Value,
        at: &str,
    ) -> bool {
        if subject(key).is_some_and(|types| !may_be(old, types)) {
            return true;
        }
        match (key, value) {
            ("type", _) => {
                let takes = any(old, |part| is_within(part, new));
                takes || self.refuse(at, &format!("the type is {value} now"))
            }
            ("const" | "enum", _) => {
                let allowed = values(new).unwrap_or_default();
                let within = |part: &Map<String, Value>| {
                    let values = values(part);
                    values.is_some_and(|values| values.iter().all(|one| allowed.contains(one)))
                };
                any(old, within) || self.refuse(at, "fewer values are taken now")
            }
            ("required", _) => {
                let is_there =
                    |name: &str| any(old, |part| required(part).any(|other| other == name));
                let lacking: Vec<&str> = required(new).filter(|name| !is_there(name)).collect();
                for name in &lacking {
                    self.refuse(&below(at, name), "it is required now");
                }
                lacking.is_empty()
            }
            ("properties", Value::Object(members)) => {
                members.iter().fold(true, |all, (name, new)| {
                    let member = member(old, name);
                    self.takes(&member, new, &below(at, name)) && all
                })
            }
            ("additionalProperties", _) => self.other_members(old, new, value, at),
            ("items", Value::Object(_) | Value::Bool(_)) => {
                let mut items = found(old, "items").filter(|items| !items.is_array());
                let places = found(old, "prefixItems")
                    .filter_map(Value::as_array)
                    .flatten();
                let places: Vec<&'s Value> = if new.contains_key("prefixItems") {
                    Vec::new()
                } else {
                    places.collect()
                };
                let rest: Vec<&'s Value> = items.by_ref().collect();
                let at = below(at, "*");
                self.takes(&rest, value, &at)
                    && places
                        .into_iter()
                        .all(|place| self.takes(&[place], value, &at))
            }
            ("anyOf", Value::Array(forms)) => self.one_form(old, forms, at),
            ("oneOf", Value::Array(forms)) if are_apart(forms) => self.one_form(old, forms, at),
            ("uniqueItems", Value::Bool(false)) => true,
            (bound, Value::Number(_)) if direction(bound).is_some() => {
                let holds = direction(bound).is_some_and(|direction| {
                    let new = value.as_f64().unwrap_or(f64::NAN) * direction;
                    let bounds = found(old, bound).filter_map(Value::as_f64);
                    let trivial = bound.starts_with("min") && bound != "minimum" && new <= 0.0;
                    trivial || bounds.into_iter().any(|old| old * direction >= new)
                });
                holds || self.refuse(at, &format!("`{bound}` is {value} now"))
            }
            _ => {
                let same = |part: &Map<String, Value>| match key {
                    // Their meaning depends on the keywords beside them.
                    "if"
                    | "then"
                    | "else"
                    | "contains"
                    | "minContains"
                    | "maxContains"
                    | "unevaluatedItems"
                    | "unevaluatedProperties" => part == new,
                    _ => part.get(key) == Some(value),
                };
                // The target of a reference depends on the whole schema.
                let leads = key.ends_with("Ref") || refers(value);
                !leads && any(old, same) || self.refuse(at, &format!("`{key}` is another"))
            }
        }
    }

    fn one_form(&mut self, old: &[Part<'s>], forms: &'s [Value], at: &str) -> bool {
        let fits = |form| self.quietly(|this| this.takes_parts(old, form, at));
        forms.iter().any(fits) || self.refuse(at, "none of the forms takes all that was taken")
    }

    /// Checks the members that `new` does not name.
    fn other_members(
        &mut self,
        old: &[Part<'s>],
        new: &'s Map<String, Value>,
        value: &'s Value,
        at: &str,
    ) -> bool {
        let named = |of: &'s Map<String, Value>| {
            let members = of.get("properties").and_then(Value::as_object);
            members.into_iter().flat_map(Map::keys)
        };
        let is_named = |name: &str| named(new).any(|other| other == name);
        let mut all = true;
        for name in old.iter().flat_map(|part| named(part.keywords)) {
            if !is_named(name) {
                all &= self.takes(&member(old, name), value, &below(at, name));
            }
        }
        let rest: Vec<&'s Value> = old.iter().filter_map(|part| rest(part.keywords)).collect();
        self.takes(&rest, value, &below(at, "*")) && all
    }
}

/// The position of a member.
fn below(at: &str, name: &str) -> String {
    let name: String = name.chars().flat_map(char::escape_debug).take(64).collect();
    format!("{at}/{name}")
}

fn any<'s>(old: &[Part<'s>], test: impl Fn(&'s Map<String, Value>) -> bool) -> bool {
    old.iter().any(|part| test(part.keywords))
}

/// The values that the parts have for a keyword.
fn found<'a, 's: 'a>(old: &'a [Part<'s>], key: &'a str) -> impl Iterator<Item = &'s Value> + 'a {
    old.iter().filter_map(move |part| part.keywords.get(key))
}

/// The schemas of a member.
fn member<'s>(old: &[Part<'s>], name: &str) -> Vec<&'s Value> {
    let of = |part: &Part<'s>| {
        let members = part.keywords.get("properties");
        let named = members.and_then(|members| members.get(name));
        named.or_else(|| rest(part.keywords))
    };
    old.iter().filter_map(of).collect()
}

/// The schema of the members that a part does not name, if it has one.
fn rest(part: &Map<String, Value>) -> Option<&Value> {
    let plain = !part.contains_key("patternProperties");
    part.get("additionalProperties").filter(|_| plain)
}

/// Whether `new` allows every type that `old` allows.
fn is_within(old: &Map<String, Value>, new: &Map<String, Value>) -> bool {
    let wanted = |new: &Value| -> Vec<String> {
        let one = |new: &Value| new.as_str().unwrap_or_default().to_owned();
        match new {
            Value::Array(some) => some.iter().map(one).collect(),
            new => vec![one(new)],
        }
    };
    let wanted = new.get("type").map(wanted).unwrap_or_default();
    let is = |ty: &str| wanted.iter().any(|wanted| wanted == ty);
    types(old).is_some_and(|types| {
        let mut types = types.iter();
        types.all(|ty| is(ty) || *ty == "integer" && is("number"))
    })
}

/// Whether a value may have one of these types.
fn may_be(old: &[Part<'_>], wanted: &[&str]) -> bool {
    old.iter().all(|part| {
        let types = types(part.keywords);
        types.is_none_or(|types| types.iter().any(|ty| wanted.contains(ty)))
    })
}

/// The types that a keyword applies to; it does not restrict values of others.
fn subject(key: &str) -> Option<&'static [&'static str]> {
    match key {
        "required"
        | "properties"
        | "additionalProperties"
        | "patternProperties"
        | "propertyNames"
        | "minProperties"
        | "maxProperties" => Some(&["object"]),
        "items" | "prefixItems" | "contains" | "uniqueItems" | "minItems" | "maxItems" => {
            Some(&["array"])
        }
        "minLength" | "maxLength" | "pattern" => Some(&["string"]),
        "minimum" | "maximum" | "exclusiveMinimum" | "exclusiveMaximum" | "multipleOf" => {
            Some(&["number", "integer"])
        }
        _ => None,
    }
}

/// Whether a bound is a lower one (1) or an upper one (-1).
fn direction(key: &str) -> Option<f64> {
    match key {
        "minimum" | "exclusiveMinimum" | "minLength" | "minItems" | "minProperties" => Some(1.0),
        "maximum" | "exclusiveMaximum" | "maxLength" | "maxItems" | "maxProperties" => Some(-1.0),
        _ => None,
    }
}

/// Whether a schema contains a reference.
fn refers(value: &Value) -> bool {
    match value {
        Value::Object(members) => {
            let mut members = members.iter();
            members.any(|(key, value)| key == "$ref" || key == "$dynamicRef" || refers(value))
        }
        Value::Array(items) => items.iter().any(refers),
        _ => false,
    }
}
