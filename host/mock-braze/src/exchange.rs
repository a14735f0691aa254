//! The record of one request and its answer, and the one place where it is written down without keys.

use std::fmt;

use serde::ser::Error as _;
use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

use crate::answer::MockResponse;
use crate::check::{Note, Refusal};
use crate::input_array::Counts;

const MASK: &str = "***";

/// One request and what became of it.
///
/// Its serialised and its `Debug` form never contain the API key, nor any other credential the request
/// carried: each is shown as `***` wherever it occurs, in the answer too, which repeats a wrong key. The
/// fields and [`headers`](Self::headers) are raw.
#[derive(Clone)]
pub struct Exchange {
    /// The number of the request; the first is number 1.
    pub request: u64,
    /// The method.
    pub method: String,
    /// The request target: path and query.
    pub path: String,
    /// The body: JSON if it parses, else the text; `null` if it was not kept because it was not read to its
    /// end or was larger than [`MAX_BODY_BYTES`](crate::MAX_BODY_BYTES).
    pub body: Value,
    /// How many bytes of body were read.
    pub body_bytes: u64,
    /// What was answered; `None` if the connection ended instead.
    pub answer: Option<MockResponse>,
    /// How it ended.
    pub ending: Ending,
    /// How many objects were accepted.
    pub accepted: Counts,
    /// The objects that were looked at and refused.
    pub refused: Vec<Refusal>,
    /// What Braze would have taken and spoiled in silence.
    pub notes: Vec<Note>,
    /// Whether a step of the script had a hand in it.
    pub scripted: bool,
    pub(crate) raw_headers: Vec<(String, String)>,
    /// The key the server lets in: a request may carry it in places where it is not recognised.
    pub(crate) key: String,
}

/// How an exchange ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ending {
    /// With an answer.
    Answered,
    /// With half an answer.
    Truncated,
    /// With a reset before the body was read.
    ResetBefore,
    /// With a reset after the request was processed.
    ResetAfter,
    /// The client left, or sent something that is not HTTP, before its request was complete.
    Abandoned,
}

impl Exchange {
    /// All headers as received, the credential included: names in lower case, repeated ones kept.
    pub fn headers(&self) -> &[(String, String)] {
        &self.raw_headers
    }

    /// Every value of one header, in order; `name` in any case.
    pub fn header_values(&self, name: &str) -> Vec<&str> {
        let named = |(given, _): &&(String, String)| given.eq_ignore_ascii_case(name);
        self.raw_headers
            .iter()
            .filter(named)
            .map(|(_, value)| value.as_str())
            .collect()
    }

    /// Everything that must not be written down, the longest first so that a part never hides the whole.
    fn secrets(&self) -> Vec<&str> {
        let mut secrets = vec![self.key.as_str()];
        for value in self.header_values("authorization") {
            secrets.push(value.strip_prefix("Bearer ").unwrap_or(value).trim());
        }
        // Where the API of before 2020 had it; people still send it.
        secrets.extend(self.body.get("api_key").and_then(Value::as_str));
        secrets.retain(|secret| !secret.is_empty());
        secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        secrets
    }
}

/// The JSON form, in the order in which a person reads it.
#[derive(Serialize)]
struct ExchangeDocument<'a> {
    request: u64,
    method: &'a str,
    path: String,
    headers: Map<String, Value>,
    body: Value,
    body_bytes: u64,
    answer: Option<AnswerDocument>,
    ending: Ending,
    accepted: Counts,
    refused: Value,
    notes: Value,
    scripted: bool,
}

#[derive(Serialize)]
struct AnswerDocument {
    status: u16,
    headers: Map<String, Value>,
    body: Value,
}

impl Serialize for Exchange {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let secrets = self.secrets();
        let reply = |answer: &MockResponse| AnswerDocument {
            status: answer.status,
            headers: masked_headers(&answer.headers, &secrets),
            body: masked(&answer.body, &secrets),
        };
        let document = ExchangeDocument {
            request: self.request,
            method: &self.method,
            path: masked_text(&self.path, &secrets),
            headers: masked_headers(&self.raw_headers, &secrets),
            body: masked(&self.body, &secrets),
            body_bytes: self.body_bytes,
            answer: self.answer.as_ref().map(reply),
            ending: self.ending,
            accepted: self.accepted,
            refused: masked(
                &serde_json::to_value(&self.refused).map_err(S::Error::custom)?,
                &secrets,
            ),
            notes: masked(
                &serde_json::to_value(&self.notes).map_err(S::Error::custom)?,
                &secrets,
            ),
            scripted: self.scripted,
        };
        document.serialize(serializer)
    }
}

impl fmt::Debug for Exchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&serde_json::to_string(self).map_err(|_| fmt::Error)?)
    }
}

/// By name; a header that came several times is a list.
fn masked_headers(headers: &[(String, String)], secrets: &[&str]) -> Map<String, Value> {
    let mut by_name = Map::new();
    for (name, value) in headers {
        let value = Value::String(masked_text(value, secrets));
        match by_name.get_mut(name) {
            None => {
                by_name.insert(name.clone(), value);
            }
            Some(Value::Array(values)) => values.push(value),
            Some(first) => *first = Value::Array(vec![first.take(), value]),
        }
    }
    by_name
}

fn masked(value: &Value, secrets: &[&str]) -> Value {
    match value {
        Value::String(text) => Value::String(masked_text(text, secrets)),
        Value::Array(items) => items.iter().map(|item| masked(item, secrets)).collect(),
        Value::Object(fields) => fields
            .iter()
            .map(|(name, item)| (masked_text(name, secrets), masked(item, secrets)))
            .collect(),
        other => other.clone(),
    }
}

fn masked_text(text: &str, secrets: &[&str]) -> String {
    secrets
        .iter()
        .fold(text.to_owned(), |text, secret| text.replace(secret, MASK))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_credential_is_masked_wherever_it_occurs() {
        let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let refused = Refusal {
            text: "'the-key' is not valid".to_owned(),
            input_array: crate::InputArray::Attributes,
            index: 0,
        };
        let exchange = Exchange {
            request: 1,
            method: "POST".to_owned(),
            path: "/users/track?api_key=the-key".to_owned(),
            body: json!({ "api_key": "old-key", "attributes": [{ "the-key": ["x the-key y", "old-key"] }] }),
            body_bytes: 9,
            answer: Some(MockResponse {
                status: 401,
                headers: vec![header("location", "https://evil.example/?k=wrong-key")],
                body: json!({ "message": "Invalid API key: wrong-key" }),
            }),
            ending: Ending::Answered,
            accepted: Counts::default(),
            refused: vec![refused],
            notes: Vec::new(),
            scripted: false,
            raw_headers: vec![
                header("authorization", "Bearer wrong-key"),
                header("x", "1"),
                header("x", "the-key"),
            ],
            key: "the-key".to_owned(),
        };
        let expected = json!({
            "request": 1, "method": "POST", "path": "/users/track?api_key=***",
            "headers": { "authorization": "Bearer ***", "x": ["1", "***"] },
            "body": { "api_key": "***", "attributes": [{ "***": ["x *** y", "***"] }] }, "body_bytes": 9,
            "answer": {
                "status": 401, "headers": { "location": "https://evil.example/?k=***" },
                "body": { "message": "Invalid API key: ***" },
            },
            "ending": "answered", "accepted": { "attributes": 0, "events": 0, "purchases": 0 },
            "refused": [{ "type": "'***' is not valid", "input_array": "attributes", "index": 0 }],
            "notes": [], "scripted": false,
        });
        assert_eq!(serde_json::to_value(&exchange).unwrap(), expected);
        let debug = format!("{exchange:?}");
        assert!(!debug.contains("-key\""), "{debug}");
        assert_eq!(
            exchange.header_values("Authorization"),
            ["Bearer wrong-key"]
        );
    }
}
