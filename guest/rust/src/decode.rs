//! Reads JSON into types, and says what is wrong without repeating the value.

use std::any::TypeId;

use serde::de::DeserializeOwned;
use serde_json::error::Category;

/// Reads `text`, the document that messages call `what`.
///
/// `()` stands for "anything": it accepts every document.
pub(crate) fn decode<T: DeserializeOwned + 'static>(what: &str, text: &str) -> Result<T, String> {
    let text = if TypeId::of::<T>() == TypeId::of::<()>() {
        "null"
    } else {
        text
    };
    // The path costs allocations, so it is only looked for once there is a fault.
    serde_json::from_str(text).map_err(|error| explain::<T>(what, text, &error))
}

/// Says where and what, in words that hold no value of the document.
fn explain<T: DeserializeOwned>(what: &str, text: &str, error: &serde_json::Error) -> String {
    if error.classify() != Category::Data {
        // The words of a syntax error are serde_json's own and fixed.
        return format!("{what} is not JSON: {error}");
    }
    let mut message = what.to_owned();
    let mut deserializer = serde_json::Deserializer::from_str(text);
    if let Err(error) = serde_path_to_error::deserialize::<_, T>(&mut deserializer) {
        let path = error.path().to_string();
        if !matches!(path.as_str(), "." | "?") {
            message.push('.');
            message.push_str(&path);
        }
    }
    message.push_str(": ");
    message.push_str(&without_value(&error.to_string()));
    if error.line() > 0 {
        message.push_str(&format!(
            " (line {}, column {})",
            error.line(),
            error.column()
        ));
    }
    message
}

/// Rewrites serde's message for a fault of the data.
///
/// serde quotes the value it found. Only the parts known to come from the type
/// are taken over; the words of a `Deserialize` written by hand are not, since
/// nobody knows what they hold.
fn without_value(message: &str) -> String {
    // A value may itself contain this, so the last one counts.
    let expected = message
        .rsplit_once(", expected ")
        .map(|(_, after)| before_position(after));
    if let Some(found) = message.strip_prefix("invalid type: ") {
        if let Some(expected) = expected {
            return format!("expected {expected}, found {}", type_name(found));
        }
    } else if message.starts_with("invalid value: ") || message.starts_with("unknown variant ") {
        if let Some(expected) = expected {
            return format!("not an allowed value, expected {expected}");
        }
    } else if message.starts_with("invalid length ") {
        if let Some(expected) = expected {
            return format!("wrong length, expected {expected}");
        }
    } else if ["missing field `", "duplicate field `", "unknown field `"]
        .iter()
        .any(|start| message.starts_with(start))
    {
        // These name keys, which are structure and not values.
        return before_position(message).to_owned();
    }
    "not valid".to_owned()
}

/// serde_json ends its messages with ` at line 1 column 2`.
fn before_position(message: &str) -> &str {
    message
        .rsplit_once(" at line ")
        .map_or(message, |(before, _)| before)
}

/// What was found, by its JSON type.
fn type_name(found: &str) -> &'static str {
    const NAMES: &[(&str, &str)] = &[
        ("boolean", "a boolean"),
        ("floating point", "a number"),
        ("integer", "a number"),
        ("map", "an object"),
        ("null", "null"),
        ("number", "a number"),
        ("sequence", "an array"),
        ("string", "a string"),
    ];
    NAMES
        .iter()
        .find(|(start, _)| found.starts_with(start))
        .map_or("something else", |(_, name)| name)
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(deny_unknown_fields)]
    struct Person {
        name: String,
        age: u8,
        #[serde(default)]
        tags: Vec<Tag>,
    }

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(rename_all = "kebab-case")]
    enum Tag {
        Friend,
        Colleague,
    }

    #[derive(Debug, PartialEq)]
    struct Talkative;

    impl<'de> Deserialize<'de> for Talkative {
        fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
            let text = String::deserialize(from)?;
            Err(serde::de::Error::custom(format!("I do not like {text}")))
        }
    }

    #[test]
    fn messages_say_where_but_not_what_was_there() {
        #[track_caller]
        fn check<T: DeserializeOwned + std::fmt::Debug + 'static>(text: &str, message: &str) {
            assert_eq!(decode::<T>("payload", text).unwrap_err(), message);
        }

        check::<Person>(
            "{",
            "payload is not JSON: EOF while parsing an object at line 1 column 1",
        );
        check::<Person>(
            "7",
            "payload: expected struct Person, found a number (line 1, column 1)",
        );
        check::<Person>("{}", "payload: missing field `name` (line 1, column 2)");
        check::<Person>(
            r#"{"name": 4711}"#,
            "payload.name: expected a string, found a number (line 1, column 13)",
        );
        check::<Person>(
            "{\"name\": \"Ada\",\n \"age\": \"secret, expected nonsense\"}",
            "payload.age: expected u8, found a string (line 2, column 35)",
        );
        check::<Person>(
            r#"{"name": "Ada", "age": 4711}"#,
            "payload.age: not an allowed value, expected u8 (line 1, column 27)",
        );
        check::<Person>(
            r#"{"name": "Ada", "age": 36, "tags": ["friend", "secret"]}"#,
            "payload.tags[1]: not an allowed value, expected `friend` or `colleague` \
             (line 1, column 54)",
        );
        check::<Person>(
            r#"{"name": "Ada", "age": 36, "agee": 36}"#,
            "payload.agee: unknown field `agee`, expected one of `name`, `age`, `tags` \
             (line 1, column 33)",
        );
        check::<Talkative>(r#""secret""#, "payload: not valid");
    }

    #[test]
    fn unit_accepts_anything() {
        for text in ["null", "{}", r#"{"a": [1]}"#, "7"] {
            assert_eq!(decode::<()>("params", text), Ok(()));
        }
    }
}
