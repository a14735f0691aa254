//! The JSON form of a script.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use super::{Script, ScriptError, ScriptStep};

pub(super) fn parse(text: &str) -> Result<Script, ScriptError> {
    let script: Value = serde_json::from_str(text).map_err(|error| ScriptError::Syntax {
        problem: error.to_string(),
    })?;
    let Value::Array(steps) = script else {
        return Err(ScriptError::NotAnArray);
    };
    let steps: Result<_, _> = steps
        .into_iter()
        .enumerate()
        .map(|(index, value)| step(index, value))
        .collect();
    Ok(Script { steps: steps? })
}

fn step(index: usize, value: Value) -> Result<ScriptStep, ScriptError> {
    match value {
        Value::String(word) if word == "honest" => Ok(ScriptStep::honest()),
        Value::Object(fields) => {
            if let Some((field, problem)) = first_wrong_field(&fields) {
                return Err(ScriptError::step(index, Some(field), problem));
            }
            serde_json::from_value(Value::Object(fields))
                .map_err(|error| ScriptError::step(index, None, error.to_string()))
        }
        _ => Err(ScriptError::step(
            index,
            None,
            "a step is \"honest\" or an object",
        )),
    }
}

/// A type error does not say in which field it is. As every field is optional, each can be read alone.
fn first_wrong_field(fields: &Map<String, Value>) -> Option<(&str, String)> {
    fields.iter().find_map(|(name, value)| {
        let alone = Map::from_iter([(name.clone(), value.clone())]);
        let error = serde_json::from_value::<ScriptStep>(Value::Object(alone)).err()?;
        Some((name.as_str(), error.to_string()))
    })
}

#[derive(Deserialize)]
#[serde(untagged, expecting = "a header is a string or a list of strings")]
enum Values {
    One(String),
    Many(Vec<String>),
}

/// Headers by name; a list sends the header several times.
pub(super) fn headers<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<(String, String)>, D::Error> {
    let mut headers = Vec::new();
    for (name, values) in BTreeMap::<String, Values>::deserialize(deserializer)? {
        match values {
            Values::One(value) => headers.push((name, value)),
            Values::Many(values) => {
                headers.extend(values.into_iter().map(|value| (name.clone(), value)))
            }
        }
    }
    Ok(headers)
}
