//! What was decided about one request, and the body that says so.

use std::borrow::Cow;

use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::input_array::{Counts, InputArray};

/// One object that was refused: an entry of the answer's `errors`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Refusal {
    /// Why, in Braze's words where they are known.
    #[serde(rename = "type")]
    pub text: String,
    /// The array it came in.
    pub input_array: InputArray,
    /// Its place in that array of this request, from 0.
    pub index: usize,
}

/// Something Braze takes without a word and then spoils: a cut string, a dropped nested value.
///
/// The answer does not mention it, because Braze's does not. It is there for authors.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Note {
    /// What will happen.
    pub text: String,
    /// The array the object came in.
    pub input_array: InputArray,
    /// Its place in that array of this request, from 0.
    pub index: usize,
}

/// The answer of the honest server, and which objects it accepts.
#[derive(Debug, Default)]
pub(crate) struct Assessment {
    pub(crate) status: u16,
    pub(crate) body: Value,
    pub(crate) accepted: Vec<(InputArray, Value)>,
    pub(crate) refused: Vec<Refusal>,
    pub(crate) notes: Vec<Note>,
}

impl Assessment {
    /// A whole-request refusal in one sentence.
    pub(crate) fn fatal(status: u16, message: &str) -> Self {
        Self::with_body(status, json!({ "message": message }))
    }

    pub(crate) fn with_body(status: u16, body: Value) -> Self {
        Self {
            status,
            body,
            ..Self::default()
        }
    }

    pub(crate) fn accept(
        &mut self,
        input_array: InputArray,
        index: usize,
        object: &Value,
        notes: Vec<String>,
    ) {
        self.accepted.push((input_array, object.clone()));
        self.notes.extend(notes.into_iter().map(|text| Note {
            text,
            input_array,
            index,
        }));
    }

    pub(crate) fn refuse(
        &mut self,
        input_array: InputArray,
        index: usize,
        text: Cow<'static, str>,
    ) {
        self.refused.push(Refusal {
            text: text.into_owned(),
            input_array,
            index,
        });
    }

    /// Fills in status and body once every object was looked at.
    ///
    /// Nothing taken is fatal, something taken is a success. An array with nothing taken has no count at
    /// all: real answers were seen with and without a zero, and a client must cope with the poorer one.
    pub(crate) fn conclude(mut self, nothing: &str) -> Self {
        let mut body = Map::new();
        if self.accepted.is_empty() {
            self.status = 400;
            body.insert("message".to_owned(), nothing.into());
        } else {
            self.status = 201;
            body.insert("message".to_owned(), "success".into());
            let counts = Counts::count(&self.accepted);
            for array in InputArray::ALL {
                if counts.of(array) > 0 {
                    body.insert(
                        format!("{}_processed", array.as_str()),
                        counts.of(array).into(),
                    );
                }
            }
        }
        if !self.refused.is_empty() {
            body.insert("errors".to_owned(), json!(self.refused));
        }
        self.body = Value::Object(body);
        self
    }
}
