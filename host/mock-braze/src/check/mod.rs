//! The decisions: what Braze would say to a request. Bytes in, [`Assessment`] out, no I/O.
//!
//! The checks run in one fixed order and the first that fails answers: path and method (404), key (401),
//! permission (403), content type (415), size (413), JSON (400), number of objects (400), then the objects
//! one by one. Braze does not document the order; this one lets the outermost mistake speak first.

mod assessment;
mod attribute;
mod custom;
mod email;
mod event;
mod head;
mod identifier;
mod properties;
mod purchase;
mod time;

use std::borrow::Cow;
use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::input_array::InputArray;

pub(crate) use assessment::Assessment;
pub use assessment::{Note, Refusal};
pub(crate) use head::{admit, content_type};

/// The most objects in one request, counted as [`ObjectLimit`] says.
pub const MAX_OBJECTS: usize = 75;

/// The largest body that is read: 4 MiB.
///
/// Braze says "4 MB" and not which. This is the generous reading, so that the stand-in never refuses what
/// Braze takes; a careful client stays under 4,000,000 bytes.
pub const MAX_BODY_BYTES: usize = 4 * 1024 * 1024;

const PARSE: &str = "Error while parsing request body. Please check your syntax.";
const TOO_MANY: &str = "Max Input Length Exceeded";
const NO_DATA: &str =
    "Valid data must be provided in the 'attributes', 'events', or 'purchases' fields.";

/// How the objects of a request are counted against [`MAX_OBJECTS`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ObjectLimit {
    /// All three arrays together: today's contracts.
    #[default]
    Combined,
    /// Each array for itself: legacy contracts.
    PerArray,
}

/// What the workspace knows that decides about objects.
#[derive(Default)]
pub(crate) struct Rules {
    pub(crate) limit: ObjectLimit,
    pub(crate) blocked: BTreeSet<String>,
    pub(crate) groups: Option<BTreeSet<String>>,
}

/// A body as it arrived.
#[derive(Default)]
pub(crate) struct Received {
    /// The bytes; empty if there were more than [`MAX_BODY_BYTES`].
    pub(crate) bytes: Vec<u8>,
    /// How many bytes there were.
    pub(crate) size: u64,
}

/// The outcome for one object: `Err` is the `type` text Braze answers with.
type Checked = Result<(), Cow<'static, str>>;

type Object = Map<String, Value>;

/// Judges the body of an admitted request.
pub(crate) fn body(received: &Received, rules: &Rules) -> Assessment {
    if received.size > MAX_BODY_BYTES as u64 {
        return Assessment::fatal(413, "Payload Too Large");
    }
    let Ok(body) = serde_json::from_slice::<Value>(&received.bytes) else {
        return Assessment::with_body(400, json!({ "error": PARSE }));
    };
    let Some(arrays) = arrays(&body) else {
        return Assessment::fatal(400, NO_DATA);
    };
    if too_many(&arrays, rules.limit) {
        return Assessment::fatal(400, TOO_MANY);
    }
    let mut assessment = Assessment::default();
    for (array, objects) in arrays {
        for (index, object) in objects.iter().enumerate() {
            let mut notes = Vec::new();
            match self::object(array, object, rules, &mut notes) {
                Ok(()) => assessment.accept(array, index, object, notes),
                Err(text) => assessment.refuse(array, index, text),
            }
        }
    }
    assessment.conclude(NO_DATA)
}

/// The three arrays in the order Braze starts them; `None` if one of them is something else.
fn arrays(body: &Value) -> Option<Vec<(InputArray, &[Value])>> {
    let body = body.as_object()?;
    let mut arrays = Vec::new();
    for array in InputArray::ALL {
        match body.get(array.as_str()) {
            None | Some(Value::Null) => {}
            Some(Value::Array(objects)) => arrays.push((array, objects.as_slice())),
            Some(_) => return None,
        }
    }
    Some(arrays)
}

fn too_many(arrays: &[(InputArray, &[Value])], limit: ObjectLimit) -> bool {
    let mut counts = arrays.iter().map(|(_, objects)| objects.len());
    match limit {
        ObjectLimit::Combined => counts.sum::<usize>() > MAX_OBJECTS,
        ObjectLimit::PerArray => counts.any(|count| count > MAX_OBJECTS),
    }
}

fn object(array: InputArray, object: &Value, rules: &Rules, notes: &mut Vec<String>) -> Checked {
    let Some(object) = object.as_object() else {
        // It names nobody, of any type.
        return Err(identifier::NONE.into());
    };
    identifier::check(object, rules)?;
    if object
        .get("_update_existing_only")
        .is_some_and(|value| !value.is_boolean() && !value.is_null())
    {
        return Err(not_valid("_update_existing_only"));
    }
    match array {
        InputArray::Attributes => attribute::check(object, rules, notes),
        InputArray::Events => event::check(object, notes),
        InputArray::Purchases => purchase::check(object, notes),
    }
}

/// Braze's words for these are not known; they follow the pattern of the known ones.
fn not_valid(field: &str) -> Cow<'static, str> {
    format!("'{field}' is not valid").into()
}

fn required(field: &str) -> Cow<'static, str> {
    format!("'{field}' is required").into()
}

/// A string that must be there and say something.
fn required_text<'a>(object: &'a Object, field: &str) -> Result<&'a str, Cow<'static, str>> {
    match object.get(field) {
        None | Some(Value::Null) => Err(required(field)),
        Some(Value::String(text)) if text.trim().is_empty() => Err(required(field)),
        Some(Value::String(text)) => Ok(text),
        Some(_) => Err(not_valid(field)),
    }
}

/// A string that may be absent.
fn optional_text(object: &Object, field: &str) -> Checked {
    match object.get(field) {
        None | Some(Value::Null | Value::String(_)) => Ok(()),
        Some(_) => Err(not_valid(field)),
    }
}

/// Names and short texts end here.
const MAX_CHARS: usize = 255;

fn is_long(text: &str) -> bool {
    text.chars().count() > MAX_CHARS
}

#[cfg(test)]
mod tests;
