//! The `properties` of an event or a purchase.

use serde_json::Value;

use super::{Checked, Object, is_long};

const BAD: &str = "Invalid 'properties' field";

/// What the two kinds of object ask of their properties.
pub(super) struct Limits {
    /// Keys that would shadow fields of the object itself.
    pub(super) reserved: &'static [&'static str],
    /// The most bytes of JSON.
    pub(super) bytes: usize,
}

/// Takes absent properties, and an object whose keys are sound.
///
/// Values are hardly checked: a long string is cut and a null left out, both in silence, so they are notes.
pub(super) fn check(
    properties: Option<&Value>,
    limits: &Limits,
    notes: &mut Vec<String>,
) -> Checked {
    let properties = match properties {
        None | Some(Value::Null) => return Ok(()),
        Some(Value::Object(properties)) => properties,
        Some(_) => return Err(BAD.into()),
    };
    let reserved = properties
        .keys()
        .any(|key| limits.reserved.contains(&key.as_str()));
    let large = serde_json::to_vec(properties).map_or(true, |bytes| bytes.len() > limits.bytes);
    if reserved || large || !are_sound(properties, notes) {
        return Err(BAD.into());
    }
    Ok(())
}

/// Keys at every depth: not empty, no leading dollar, at most 255 characters.
fn are_sound(object: &Object, notes: &mut Vec<String>) -> bool {
    object.iter().all(|(key, value)| {
        let named = !key.is_empty() && !key.starts_with('$') && !is_long(key);
        named && is_sound(key, value, notes)
    })
}

fn is_sound(key: &str, value: &Value, notes: &mut Vec<String>) -> bool {
    match value {
        Value::Object(inner) => are_sound(inner, notes),
        Value::Array(items) => items.iter().all(|item| is_sound(key, item, notes)),
        Value::String(text) if is_long(text) => {
            notes.push(format!("the property '{key}' is cut to 255 characters"));
            true
        }
        Value::Null => {
            notes.push(format!("the property '{key}' is null and is left out"));
            true
        }
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const LIMITS: Limits = Limits {
        reserved: &["time"],
        bytes: 1_000,
    };

    fn is_taken(properties: &Value) -> (bool, usize) {
        let mut notes = Vec::new();
        (
            check(Some(properties), &LIMITS, &mut notes).is_ok(),
            notes.len(),
        )
    }

    #[test]
    fn keys_and_size_decide_and_values_are_noted() {
        for (properties, taken, notes) in [
            (json!(null), true, 0),
            (json!({}), true, 0),
            (
                json!({ "a": 1, "b": [true, "x"], "c": { "d": 1.5, "time": "nested is fine" } }),
                true,
                0,
            ),
            (json!({ "x".repeat(255): "y".repeat(255) }), true, 0),
            (json!({ "a": "y".repeat(256), "b": { "c": null } }), true, 2),
            (json!({ "time": 1 }), false, 0),
            (json!({ "": 1 }), false, 0),
            (json!({ "$a": 1 }), false, 0),
            (json!({ "a": [{ "$b": 1 }] }), false, 0),
            (json!({ "x".repeat(256): 1 }), false, 0),
            (json!({ "a": vec![7; 600] }), false, 0),
            (json!([]), false, 0),
            (json!("a"), false, 0),
        ] {
            assert_eq!(is_taken(&properties), (taken, notes), "{properties}");
        }
    }
}
