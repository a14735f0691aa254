//! Cuts a payload into requests and writes their bodies.
//!
//! Braze keeps no order across requests, but starts attributes before events
//! before purchases within one. The objects are cut in that very order, so a
//! user's attributes are never sent after the user's events, whatever
//! identifiers the two use.

use std::borrow::Cow;

use serde_json::value::RawValue;

use crate::object::{Array, Object};

/// The most that goes into one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Limits {
    /// Objects, over all three arrays.
    pub(crate) objects: usize,
    /// Bytes of the body as it is sent.
    pub(crate) bytes: usize,
}

/// The members that every request carries beside the arrays, as JSON text
/// without braces.
#[derive(Debug, Default)]
pub(crate) struct Envelope(String);

impl Envelope {
    pub(crate) fn new<'a>(
        partner: Option<&str>,
        others: impl IntoIterator<Item = (&'a str, &'a RawValue)>,
    ) -> Self {
        let mut text = String::new();
        if let Some(partner) = partner {
            push_member(&mut text, "partner", &quote(partner));
        }
        for (name, value) in others {
            push_member(&mut text, name, value.get());
        }
        Envelope(text)
    }

    /// The size of a body that holds no object yet.
    fn len(&self) -> usize {
        self.0.len() + 2
    }

    /// What the first object of an array adds beside itself.
    fn opening(&self, array: Array, is_first: bool) -> usize {
        let comma = usize::from(!is_first || !self.0.is_empty());
        comma + array.name().len() + r#""":[]"#.len()
    }

    /// Whether an object fits into a request of its own.
    pub(crate) fn fits(&self, object: &Object<'_>, limits: Limits) -> bool {
        self.len() + self.opening(object.slot.array, true) + object.text.len() <= limits.bytes
    }

    /// How many of the objects go into the next request, and the size of its
    /// body. At least one does: see [`fits`](Envelope::fits).
    ///
    /// The objects are in the order of their arrays.
    pub(crate) fn next(&self, objects: &[Object<'_>], limits: Limits) -> (usize, usize) {
        let mut bytes = self.len();
        let mut count = 0;
        let mut last = None;
        for object in objects.iter().take(limits.objects) {
            let array = object.slot.array;
            let beside = if last == Some(array) {
                1
            } else {
                self.opening(array, last.is_none())
            };
            let grown = bytes + beside + object.text.len();
            if count > 0 && grown > limits.bytes {
                break;
            }
            (bytes, count, last) = (grown, count + 1, Some(array));
        }
        (count, bytes)
    }

    /// The body of a request that holds these objects.
    pub(crate) fn body(&self, objects: &[Object<'_>], size: usize) -> Vec<u8> {
        let mut body = String::with_capacity(size);
        body.push('{');
        body.push_str(&self.0);
        let mut last = None;
        for object in objects {
            let array = object.slot.array;
            if last == Some(array) {
                body.push(',');
            } else {
                if last.is_some() {
                    body.push(']');
                }
                if body.len() > 1 {
                    body.push(',');
                }
                body.push('"');
                body.push_str(array.name());
                body.push_str("\":[");
            }
            body.push_str(&object.text);
            last = Some(array);
        }
        if last.is_some() {
            body.push(']');
        }
        body.push('}');
        body.into_bytes()
    }
}

/// Appends `"name":value`, after a comma unless it is the first.
pub(crate) fn push_member(text: &mut String, name: &str, value: &str) {
    if !text.is_empty() {
        text.push(',');
    }
    text.push_str(&quote(name));
    text.push(':');
    text.push_str(value);
}

/// A text as JSON.
pub(crate) fn quote(text: &str) -> Cow<'static, str> {
    // Writing a string to memory does not fail.
    serde_json::to_string(text).map_or(Cow::Borrowed("\"\""), Cow::Owned)
}

#[cfg(test)]
mod tests;
