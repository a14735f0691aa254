//! A JSON document as text, checked once.

use std::fmt;
use std::str::FromStr;

use serde::Serialize;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::value::RawValue;

/// A JSON document (RFC 8259) in UTF-8. The text is kept unchanged, so that
/// passing it on costs nothing and loses nothing.
#[derive(Clone, PartialEq, Eq)]
pub struct Json(Box<str>);

impl Json {
    /// The greatest depth to which arrays and objects may nest, and the highest
    /// value of the limit `depth`, which applies to a node's payloads and
    /// results.
    pub const MAX_DEPTH: u64 = 100;

    /// Checks that a text is one JSON document, nested no deeper than
    /// [`Json::MAX_DEPTH`]. The node's limit is checked when a payload is
    /// executed.
    ///
    /// # Errors
    ///
    /// If the text is not JSON (the message says where), or nests too deep.
    pub fn parse(text: impl Into<Box<str>>) -> Result<Json, JsonError> {
        Json::within(text, Json::MAX_DEPTH)
    }

    /// As [`Json::parse`], for a text that nests no deeper than `depth`.
    ///
    /// # Errors
    ///
    /// As [`Json::parse`].
    pub fn within(text: impl Into<Box<str>>, depth: u64) -> Result<Json, JsonError> {
        let text = text.into();
        let depth = depth.min(Json::MAX_DEPTH);
        if deepest(&text) > depth {
            return Err(JsonError(format!("nests deeper than {depth} levels")));
        }
        match serde_json::from_str::<IgnoredAny>(&text) {
            Ok(IgnoredAny) => Ok(Json(text)),
            Err(error) => Err(JsonError(error.to_string())),
        }
    }

    /// Serializes a value to a JSON document.
    ///
    /// # Errors
    ///
    /// As [`serde_json::to_string`].
    pub fn from_value(value: &impl Serialize) -> Result<Json, JsonError> {
        match serde_json::to_string(value) {
            Ok(text) => Ok(Json(text.into())),
            Err(error) => Err(JsonError(error.to_string())),
        }
    }

    /// `{}`.
    pub fn empty_object() -> Json {
        Json("{}".into())
    }

    /// Whether the document is an object.
    pub fn is_object(&self) -> bool {
        self.0.trim_start().starts_with('{')
    }

    /// The document's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub(crate) fn into_text(self) -> Box<str> {
        self.0
    }

    /// Deserializes the document to a type of the caller's.
    ///
    /// # Errors
    ///
    /// If the document does not fit the type.
    pub fn to<T: DeserializeOwned>(&self) -> Result<T, JsonError> {
        serde_json::from_str(&self.0).map_err(|error| JsonError(error.to_string()))
    }
}

impl FromStr for Json {
    type Err = JsonError;

    fn from_str(text: &str) -> Result<Json, JsonError> {
        Json::parse(text)
    }
}

impl fmt::Display for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for Json {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serde_json::from_str::<&RawValue>(&self.0)
            .map_err(serde::ser::Error::custom)?
            .serialize(serializer)
    }
}

/// How many bytes a text takes as a JSON string, without the quotes.
pub(crate) fn written(text: &str) -> usize {
    let bytes = text.bytes().map(|byte| match byte {
        b'"' | b'\\' | b'\n' | b'\r' | b'\t' | 0x08 | 0x0c => 2,
        0..0x20 => 6,
        _ => 1,
    });
    bytes.sum()
}

/// How deep arrays and objects nest. Counted outside strings and before
/// parsing, because parsers fail (or worse) at depths that differ.
fn deepest(text: &str) -> u64 {
    let (mut depth, mut deepest) = (0_u64, 0);
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        match byte {
            b'{' | b'[' => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b'}' | b']' => depth = depth.saturating_sub(1),
            b'"' => {
                while let Some(byte) = bytes.next() {
                    match byte {
                        b'\\' => _ = bytes.next(),
                        b'"' => break,
                        _ => {}
                    }
                }
            }
            _ => {}
        }
    }
    deepest
}

/// Why a text is not an acceptable JSON document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JsonError(String);

impl fmt::Display for JsonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for JsonError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_is_kept_to_the_letter() {
        for text in [
            "{}",
            " [1, 2.50]\n",
            "\"\\u00e9\"",
            "1e400",
            "null",
            "{\"a\":1,\"a\":2}",
        ] {
            let json = Json::parse(text).unwrap();
            assert_eq!(json.as_str(), text);
        }
        let json = Json::parse("{ \"a\" : 1.50 }").unwrap();
        assert_eq!(serde_json::to_string(&json).unwrap(), "{ \"a\" : 1.50 }");
    }

    #[test]
    fn a_text_is_as_long_as_it_is_written() {
        let every: String = (0..0x100).filter_map(char::from_u32).collect();
        for text in ["", "plain", "\"\\\n", "\0\u{1b}\u{7f}", "…", &every] {
            let document = serde_json::to_string(text).unwrap();
            assert_eq!(written(text) + 2, document.len(), "{text:?}");
        }
    }

    #[test]
    fn what_is_no_document_is_refused_with_the_place() {
        for (text, message) in [
            ("", "EOF while parsing a value at line 1 column 0"),
            ("{", "EOF while parsing an object at line 1 column 1"),
            ("{}{}", "trailing characters at line 1 column 3"),
            ("{'a':1}", "key must be a string at line 1 column 2"),
            ("[1,]", "expected value at line 1 column 4"),
            ("NaN", "expected value at line 1 column 1"),
        ] {
            assert_eq!(
                Json::parse(text).unwrap_err().to_string(),
                message,
                "{text}"
            );
        }
    }

    #[test]
    fn depth_is_bounded_and_brackets_in_strings_do_not_count() {
        let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
        for (depth, parsed) in [
            (64, Json::within(nested(64), 64)),
            (100, Json::parse(nested(100))),
        ] {
            assert!(parsed.is_ok(), "{depth}");
        }
        for (depth, parsed) in [
            (64, Json::within(nested(65), 64)),
            (100, Json::parse(nested(101))),
            (100, Json::parse(nested(1_000_000))),
        ] {
            let error = parsed.unwrap_err().to_string();
            assert_eq!(error, format!("nests deeper than {depth} levels"));
        }
        assert!(Json::parse(format!("\"{}\\\"[\"", nested(101))).is_ok());
    }
}
