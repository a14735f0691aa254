//! The value of one custom attribute.
//!
//! Braze refuses very little here and spoils a lot in silence: long strings are cut, long arrays too, and
//! one bad value in a nested object drops every nested update of the request. Those become notes.

use serde_json::Value;

use super::{Checked, Object, is_long, not_valid, time};

/// The default; a workspace can raise it.
const MAX_ELEMENTS: usize = 25;
/// One array of objects.
const MAX_ARRAY_BYTES: usize = 100 * 1024;

pub(super) fn check(key: &str, value: &Value, notes: &mut Vec<String>) -> Checked {
    if is_long(key) {
        notes.push(format!(
            "the attribute name '{key}' is longer than 255 characters"
        ));
    }
    match value {
        Value::String(text) if is_long(text) => {
            notes.push(format!("'{key}' is cut to 255 characters"))
        }
        Value::Array(elements) => array(key, elements, notes),
        Value::Object(object) => return composite(key, object, notes),
        _ => {}
    }
    Ok(())
}

fn array(key: &str, elements: &[Value], notes: &mut Vec<String>) {
    let objects = !elements.is_empty() && elements.iter().all(Value::is_object);
    if objects && Value::from(elements).to_string().len() > MAX_ARRAY_BYTES {
        notes.push(format!(
            "'{key}' is an array of objects of more than 100 KB"
        ));
    } else if !objects && elements.len() > MAX_ELEMENTS {
        notes.push(format!(
            "'{key}' is cut to 25 elements unless the workspace allows more"
        ));
    }
}

/// An instruction (`inc`, `add`, `$add`, ...) if all its keys are of one family, else a nested object.
fn composite(key: &str, object: &Object, notes: &mut Vec<String>) -> Checked {
    let only = |family: &[&str]| {
        !object.is_empty() && object.keys().all(|name| family.contains(&name.as_str()))
    };
    let fine = if only(&["inc"]) {
        object.values().all(Value::is_i64)
    } else if only(&["add", "remove"]) {
        object.values().all(Value::is_array)
    } else if only(&["$add", "$update", "$remove"]) {
        object
            .iter()
            .all(|(name, items)| is_object_edit(name, items))
    } else {
        if let Some(spoiler) = spoiler(object) {
            notes.push(format!(
                "'{key}' has {spoiler}: all nested updates of this request are dropped"
            ));
        }
        true
    };
    if fine { Ok(()) } else { Err(not_valid(key)) }
}

fn is_object_edit(name: &str, items: &Value) -> bool {
    let needed: &[&str] = match name {
        "$update" => &["$identifier_key", "$identifier_value", "$new_object"],
        "$remove" => &["$identifier_key", "$identifier_value"],
        _ => &[],
    };
    let complete =
        |item: &Value| item.is_object() && needed.iter().all(|name| item.get(name).is_some());
    items
        .as_array()
        .is_some_and(|items| items.iter().all(complete))
}

/// The first value in a nested object that Braze cannot take.
fn spoiler(object: &Object) -> Option<&'static str> {
    object.iter().find_map(|(name, value)| match value {
        _ if is_long(name) => Some("a name of more than 255 characters"),
        Value::Null => Some("a null"),
        Value::String(text) if is_long(text) => Some("a string of more than 255 characters"),
        Value::String(text) if name == "$time" && !time::is_profile_time(text) => {
            Some("a bad $time")
        }
        _ if name == "$time" && !value.is_string() => Some("a bad $time"),
        Value::Object(inner) => spoiler(inner),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// The refusal, if any, and the notes.
    fn said(value: &Value) -> (Option<String>, Vec<String>) {
        let mut notes = Vec::new();
        let outcome = check("c", value, &mut notes);
        (outcome.err().map(|text| text.into_owned()), notes)
    }

    #[test]
    fn every_documented_kind_of_value_is_taken_without_a_note() {
        for value in [
            json!("text"),
            json!("x".repeat(255)),
            json!(7),
            json!(-1.5),
            json!(true),
            json!(["a", 1, false]),
            json!(vec!["a"; 25]),
            json!([{ "a": 1 }, { "a": 2 }]),
            json!({ "inc": -3 }),
            json!({ "add": ["a"], "remove": ["b"] }),
            json!({ "$add": [{ "id": 1 }] }),
            json!({ "$update": [{ "$identifier_key": "id", "$identifier_value": 1, "$new_object": {} }] }),
            json!({ "$remove": [{ "$identifier_key": "id", "$identifier_value": 1 }] }),
            json!({ "nested": { "at": { "$time": "2026-01-01T00:00:00Z" }, "inc": "a plain field here" } }),
            json!({}),
        ] {
            assert_eq!(said(&value), (None, vec![]), "{value}");
        }
    }

    #[test]
    fn a_malformed_instruction_is_refused() {
        for value in [
            json!({ "inc": 1.5 }),
            json!({ "inc": "1" }),
            json!({ "add": "a" }),
            json!({ "add": ["a"], "remove": null }),
            json!({ "$add": ["a"] }),
            json!({ "$update": [{ "$identifier_key": "id", "$identifier_value": 1 }] }),
            json!({ "$remove": {} }),
        ] {
            assert_eq!(
                said(&value),
                (Some("'c' is not valid".to_owned()), vec![]),
                "{value}"
            );
        }
    }

    #[test]
    fn what_braze_spoils_in_silence_is_taken_with_a_note() {
        for (value, note) in [
            (json!("x".repeat(256)), "'c' is cut to 255 characters"),
            (
                json!(vec!["a"; 26]),
                "'c' is cut to 25 elements unless the workspace allows more",
            ),
            (
                json!([{ "a": "x".repeat(60_000) }, { "a": "x".repeat(60_000) }]),
                "'c' is an array of objects of more than 100 KB",
            ),
            (
                json!({ "a": { "b": null } }),
                "'c' has a null: all nested updates of this request are dropped",
            ),
            (
                json!({ "a": { "$time": "soon" } }),
                "'c' has a bad $time: all nested updates of this request are dropped",
            ),
            (
                json!({ "a": { "$time": 7 } }),
                "'c' has a bad $time: all nested updates of this request are dropped",
            ),
        ] {
            assert_eq!(said(&value), (None, vec![note.to_owned()]));
        }
    }
}
