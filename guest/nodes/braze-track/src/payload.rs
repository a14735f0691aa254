//! A payload that was read, and what both of its forms have in common.

use std::borrow::Cow;

use serde_json::value::RawValue;

use crate::json::Node;
use crate::object::{Object, Refusal};

/// Which of the two forms a payload has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Body,
    Conversation,
}

/// A payload whose objects have not been checked yet.
#[derive(Debug)]
pub(crate) struct Payload<'a> {
    pub(crate) form: Form,
    /// In the order of the arrays, and of the caller within each.
    pub(crate) objects: Vec<Object<'a>>,
    /// Goes before the param of that name.
    pub(crate) partner: Option<String>,
    /// Members beside the arrays that are sent along.
    pub(crate) others: Vec<(Cow<'a, str>, &'a RawValue)>,
}

/// The payload's own partner.
pub(crate) fn read_partner(value: &RawValue, faults: &mut Vec<Refusal>) -> Option<String> {
    match serde_json::from_str(value.get()) {
        Ok(Node::Text(partner)) => Some(partner.into_owned()),
        Ok(Node::Null) => None,
        _ => {
            let reason = "'partner' is not valid: expected a string";
            faults.push(Refusal::of_payload("/partner", reason));
            None
        }
    }
}

/// The JSON pointer to a member of the payload.
pub(crate) fn pointer(name: &str) -> String {
    let mut pointer = String::from("/");
    push_token(&mut pointer, name);
    pointer
}

/// Appends a name to a JSON pointer, escaped as RFC 6901 says.
pub(crate) fn push_token(pointer: &mut String, name: &str) {
    for character in name.chars() {
        match character {
            '~' => pointer.push_str("~0"),
            '/' => pointer.push_str("~1"),
            other => pointer.push(other),
        }
    }
}
