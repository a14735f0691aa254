//! Reads the payload.

use std::fs;
use std::io::{self, Read};

use anyhow::anyhow;
use hospes::Json;

/// Reads standard input for `-`, takes what looks like JSON as JSON, and
/// anything else as the path of a file.
pub(in crate::command) fn read(argument: &str, depth: u64) -> anyhow::Result<Json> {
    let (text, from) = if argument == "-" {
        let mut text = String::new();
        let read = io::stdin().lock().read_to_string(&mut text);
        read.map_err(|error| anyhow!("can't read the payload from standard input: {error}"))?;
        (text, "standard input")
    } else if is_json(argument) {
        (argument.to_owned(), "--payload")
    } else {
        let text = fs::read_to_string(argument);
        let text = text.map_err(|error| anyhow!("can't read the payload {argument}: {error}"))?;
        (text, argument)
    };
    Json::within(text, depth)
        .map_err(|error| anyhow!("the payload ({from}) is not valid JSON: {error}"))
}

/// Text that starts like an object, a list or a string is meant as JSON even if
/// it is invalid. A word or a number is JSON only if it is a complete document.
fn is_json(text: &str) -> bool {
    text.trim_start().starts_with(['{', '[', '"'])
        || serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok()
}

#[cfg(test)]
mod tests {
    use super::is_json;

    #[test]
    fn json_and_file_names_are_told_apart() {
        for text in ["{}", " [1", "{'a'", "\"x\"", "null", "true", "-1.5e3"] {
            assert!(is_json(text), "{text}");
        }
        for text in ["payload.json", "./1", "nul", "1.json", "a b", ""] {
            assert!(!is_json(text), "{text}");
        }
    }
}
