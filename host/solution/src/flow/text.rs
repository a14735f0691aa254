//! Text that quotes variables: `Thank you, {first_name}.`
//!
//! | form | meaning |
//! | --- | --- |
//! | `{name}` | the variable |
//! | `{name.part.0}` | a part of it: a member of an object, an item of a list |
//! | `{name?}` | the variable, or nothing if it is not set |
//! | `{{` and `}}` | a brace |

use std::fmt;

use serde_json::{Map, Value};

use crate::key::is_bare;

/// A text, parsed.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Text {
    pieces: Vec<TextPiece>,
}

#[derive(Clone, Debug, PartialEq)]
enum TextPiece {
    Words(String),
    Quote(Reference),
}

/// A variable, or a part of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Reference {
    /// The variable's name.
    pub(crate) name: String,
    /// The path to the part; empty for the whole variable.
    pub(crate) parts: Vec<String>,
    /// Whether it may be absent.
    pub(crate) optional: bool,
}

impl Text {
    /// Parses a text.
    ///
    /// # Errors
    ///
    /// What is wrong with a brace, or with the text between two.
    pub(crate) fn parse(text: &str) -> Result<Text, String> {
        let mut pieces = Vec::new();
        let mut words = String::new();
        let mut rest = text;
        while let Some(at) = rest.find(['{', '}']) {
            let (before, from) = rest.split_at(at);
            words.push_str(before);
            if let Some(after) = from.strip_prefix("{{") {
                words.push('{');
                rest = after;
            } else if let Some(after) = from.strip_prefix("}}") {
                words.push('}');
                rest = after;
            } else if let Some(inside) = from.strip_prefix('{') {
                let Some((reference, after)) = inside.split_once('}') else {
                    return Err("a `{` is not closed: write `{{` for the brace itself".to_owned());
                };
                if !words.is_empty() {
                    pieces.push(TextPiece::Words(std::mem::take(&mut words)));
                }
                pieces.push(TextPiece::Quote(Reference::parse(reference)?));
                rest = after;
            } else {
                return Err("a `}` closes nothing: write `}}` for the brace itself".to_owned());
            }
        }
        words.push_str(rest);
        if !words.is_empty() {
            pieces.push(TextPiece::Words(words));
        }
        Ok(Text { pieces })
    }

    /// The variables that it quotes.
    pub(crate) fn references(&self) -> impl Iterator<Item = &Reference> {
        self.pieces.iter().filter_map(|piece| match piece {
            TextPiece::Quote(reference) => Some(reference),
            TextPiece::Words(_) => None,
        })
    }

    /// The reference, if the text consists of it alone.
    pub(crate) fn alone(&self) -> Option<&Reference> {
        match self.pieces.as_slice() {
            [TextPiece::Quote(reference)] => Some(reference),
            _ => None,
        }
    }

    /// The text with these variables; missing ones become empty.
    pub(crate) fn fill(&self, variables: &Map<String, Value>) -> String {
        self.pieces
            .iter()
            .map(|piece| match piece {
                TextPiece::Words(words) => words.clone(),
                TextPiece::Quote(reference) => {
                    reference.find(variables).map(spoken).unwrap_or_default()
                }
            })
            .collect()
    }
}

impl Reference {
    /// Parses the text between two braces.
    pub(crate) fn parse(text: &str) -> Result<Reference, String> {
        let (path, optional) = match text.strip_suffix('?') {
            Some(path) => (path, true),
            None => (text, false),
        };
        let mut parts = path.split('.').map(str::to_owned);
        let name = parts.next().unwrap_or_default();
        let parts: Vec<String> = parts.collect();
        if !is_bare(&name) || parts.iter().any(String::is_empty) {
            let text = text.escape_debug();
            return Err(format!(
                "`{{{text}}}` names no variable: a name has letters, digits, `-` and `_`, as in \
                 `{{first_name}}` or `{{result.id}}`"
            ));
        }
        Ok(Reference {
            name,
            parts,
            optional,
        })
    }

    /// Its value. A null counts as missing.
    pub(crate) fn find<'v>(&self, variables: &'v Map<String, Value>) -> Option<&'v Value> {
        let mut value = variables.get(&self.name)?;
        for part in &self.parts {
            value = match value {
                Value::Object(members) => members.get(part)?,
                Value::Array(items) => items.get(part.parse::<usize>().ok()?)?,
                _ => return None,
            };
        }
        Some(value).filter(|value| !value.is_null())
    }
}

/// The variable and its parts, without the question mark.
impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        for part in &self.parts {
            write!(f, ".{part}")?;
        }
        Ok(())
    }
}

/// A value in a sentence, and as the name of a branch's case.
pub(crate) fn spoken(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn variables() -> Map<String, Value> {
        let Value::Object(variables) = json!({
            "name": "Ada", "age": 36, "yes": true, "none": null,
            "result": {"id": "a-1", "list": [{"x": 1.5}]},
        }) else {
            unreachable!()
        };
        variables
    }

    #[test]
    fn what_stands_between_braces_is_replaced() {
        for (text, filled) in [
            ("", ""),
            ("plain", "plain"),
            ("Hello, {name}.", "Hello, Ada."),
            ("{name}{age}{yes}", "Ada36true"),
            ("{{{name}}} {{{{", "{Ada} {{"),
            ("{result.id} {result.list.0.x}", "a-1 1.5"),
            ("{result.list}", "[{\"x\":1.5}]"),
            ("<{none?}{absent?}{result.no.way?}{result.list.7?}>", "<>"),
        ] {
            assert_eq!(
                Text::parse(text).unwrap().fill(&variables()),
                filled,
                "{text}"
            );
        }
    }

    #[test]
    fn what_is_wrong_between_braces_is_said() {
        for (text, error) in [
            (
                "{name",
                "a `{` is not closed: write `{{` for the brace itself",
            ),
            (
                "name}",
                "a `}` closes nothing: write `}}` for the brace itself",
            ),
            (
                "{first name}",
                "`{first name}` names no variable: a name has letters, digits, `-` and `_`, as in \
                 `{first_name}` or `{result.id}`",
            ),
            (
                "{}",
                "`{}` names no variable: a name has letters, digits, `-` and `_`, as in `{first_name}` or \
                 `{result.id}`",
            ),
            (
                "{a..b}",
                "`{a..b}` names no variable: a name has letters, digits, `-` and `_`, as in `{first_name}` or \
                 `{result.id}`",
            ),
        ] {
            assert_eq!(Text::parse(text).unwrap_err(), error, "{text}");
        }
    }
}
