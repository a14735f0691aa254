//! What a flow is known by: a digest of what it says.

use hospes::digest;
use serde_json::Value;

use crate::document::Item;

/// `sha256:` and the digest of the document with its keys in order.
pub(crate) fn of(root: &Item<'_>) -> String {
    let mut text = String::new();
    write(&root.as_json().unwrap_or_default(), &mut text);
    digest::show(&digest::sha256(text.as_bytes()))
}

fn write(value: &Value, text: &mut String) {
    match value {
        Value::Array(items) => {
            text.push('[');
            for item in items {
                write(item, text);
                text.push(',');
            }
            text.push(']');
        }
        Value::Object(members) => {
            let mut members: Vec<_> = members.iter().collect();
            members.sort_by_key(|(name, _)| *name);
            text.push('{');
            for (name, value) in members {
                text.push_str(&Value::from(name.as_str()).to_string());
                text.push(':');
                write(value, text);
                text.push(',');
            }
            text.push('}');
        }
        scalar => text.push_str(&scalar.to_string()),
    }
}
