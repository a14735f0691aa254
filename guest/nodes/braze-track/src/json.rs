//! JSON read without copying what can be borrowed.
//!
//! The objects of a payload are sent unchanged, byte for byte. To be checked,
//! they are read once into a [`Node`], which borrows from the text and is then
//! dropped.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

/// The members of one object, in order, each value still as text.
pub(crate) struct Members<'a>(pub(crate) Vec<(Cow<'a, str>, &'a RawValue)>);

/// A JSON value that borrows from its text.
#[derive(Debug, PartialEq)]
pub(crate) enum Node<'a> {
    Null,
    Bool(bool),
    /// A whole number written as one.
    Integer(i64),
    /// Any other number.
    Number(f64),
    Text(Cow<'a, str>),
    Array(Vec<Node<'a>>),
    /// In order; a name may occur more than once.
    Object(Vec<(Cow<'a, str>, Node<'a>)>),
}

impl<'a> Members<'a> {
    /// The first member of that name.
    pub(crate) fn get(&self, name: &str) -> Option<&'a RawValue> {
        self.0
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| *value)
    }
}

impl<'a> Node<'a> {
    /// The first member of that name, unless it is null.
    pub(crate) fn get(&self, name: &str) -> Option<&Node<'a>> {
        match self {
            Node::Object(members) => find(members, name),
            _ => None,
        }
    }

    pub(crate) fn as_text(&self) -> Option<&str> {
        match self {
            Node::Text(text) => Some(text),
            _ => None,
        }
    }

    /// About how many bytes the value takes without white space.
    pub(crate) fn size(&self) -> usize {
        match self {
            Node::Null => 4,
            Node::Bool(value) => 5 - usize::from(*value),
            Node::Integer(number) => number.to_string().len(),
            // No double needs more.
            Node::Number(_) => 24,
            Node::Text(text) => text.len() + 2,
            Node::Array(items) => {
                let commas = items.len().saturating_sub(1);
                2 + commas + items.iter().map(Node::size).sum::<usize>()
            }
            Node::Object(members) => {
                let commas = members.len().saturating_sub(1);
                let sizes = members
                    .iter()
                    .map(|(key, value)| key.len() + 3 + value.size());
                2 + commas + sizes.sum::<usize>()
            }
        }
    }
}

/// The first member of that name, unless it is null.
pub(crate) fn find<'n, 'a>(
    members: &'n [(Cow<'a, str>, Node<'a>)],
    name: &str,
) -> Option<&'n Node<'a>> {
    members
        .iter()
        .find(|(key, value)| key == name && *value != Node::Null)
        .map(|(_, value)| value)
}

/// A text that is borrowed unless it holds escapes.
struct Text<'a>(Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextVisitor;

        impl<'de> Visitor<'de> for TextVisitor {
            type Value = Text<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }

            fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Borrowed(text)))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Owned(text.to_owned())))
            }
        }

        deserializer.deserialize_str(TextVisitor)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct MembersVisitor;

        impl<'de> Visitor<'de> for MembersVisitor {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members<'de>, A::Error> {
                let mut members = Vec::new();
                while let Some((Text(key), value)) = map.next_entry()? {
                    members.push((key, value));
                }
                Ok(Members(members))
            }
        }

        deserializer.deserialize_map(MembersVisitor)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Node<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct NodeVisitor;

        impl<'de> Visitor<'de> for NodeVisitor {
            type Value = Node<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value")
            }

            fn visit_unit<E: Error>(self) -> Result<Node<'de>, E> {
                Ok(Node::Null)
            }

            fn visit_bool<E: Error>(self, value: bool) -> Result<Node<'de>, E> {
                Ok(Node::Bool(value))
            }

            fn visit_i64<E: Error>(self, number: i64) -> Result<Node<'de>, E> {
                Ok(Node::Integer(number))
            }

            fn visit_u64<E: Error>(self, number: u64) -> Result<Node<'de>, E> {
                Ok(i64::try_from(number).map_or(Node::Number(number as f64), Node::Integer))
            }

            fn visit_f64<E: Error>(self, number: f64) -> Result<Node<'de>, E> {
                Ok(Node::Number(number))
            }

            fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Node<'de>, E> {
                Ok(Node::Text(Cow::Borrowed(text)))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Node<'de>, E> {
                Ok(Node::Text(Cow::Owned(text.to_owned())))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Node<'de>, A::Error> {
                let mut items = Vec::new();
                while let Some(item) = seq.next_element()? {
                    items.push(item);
                }
                Ok(Node::Array(items))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Node<'de>, A::Error> {
                let mut members = Vec::with_capacity(8);
                while let Some((Text(key), value)) = map.next_entry()? {
                    members.push((key, value));
                }
                Ok(Node::Object(members))
            }
        }

        deserializer.deserialize_any(NodeVisitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_borrowed_unless_escaped() {
        let Node::Array(items) = serde_json::from_str(r#"["plain", "esc\u0061ped"]"#).unwrap()
        else {
            panic!("an array");
        };
        assert!(matches!(&items[0], Node::Text(Cow::Borrowed("plain"))));
        assert!(matches!(&items[1], Node::Text(Cow::Owned(text)) if text == "escaped"));
    }

    #[test]
    fn sizes_are_those_of_compact_json() {
        for text in [
            "null",
            "true",
            "false",
            "-12",
            r#""abc""#,
            "[]",
            "[1,2]",
            "{}",
            r#"{"a":1,"b":[]}"#,
        ] {
            let node: Node<'_> = serde_json::from_str(text).unwrap();
            assert_eq!(node.size(), text.len(), "{text}");
        }
    }
}
