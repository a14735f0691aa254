//! Golden cases: plain data.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use crate::json::{Json, JsonError};

/// A case that a component has to pass before it may serve: a payload, the
/// responses that its requests get, and the expected outcome.
///
/// No socket is opened for it. The revision's policy, limits and retry policy
/// apply as they do later.
///
/// ```
/// let case = hospes::golden::GoldenCase::from_json(r#"{
///     "name": "tells the upstream",
///     "payload": {"user": "u-1"},
///     "variables": {"language": "en"},
///     "exchanges": [{
///         "method": "POST", "url": "https://crm.example.com/contacts",
///         "request": {"id": "u-1"},
///         "status": 201, "headers": {"content-type": "application/json"},
///         "response": {"created": true}
///     }],
///     "expect": {"route": "success", "result": {"created": 1}}
/// }"#)?;
/// assert_eq!(case.name, "tells the upstream");
/// # Ok::<(), hospes::json::JsonError>(())
/// ```
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct GoldenCase {
    /// What the case shows, in words.
    pub name: String,
    /// The payload.
    pub payload: Value,
    /// The variables, an object. Defaults to an empty one.
    #[serde(default)]
    pub variables: BTreeMap<String, Value>,
    /// The node's params in this case, an object. Defaults to those of its
    /// environment. The policy stays that of the environment.
    #[serde(default)]
    pub params: Option<BTreeMap<String, Value>>,
    /// The requests that the node sends, and the response to each. Each
    /// exchange is used for one request, in any order, and all of them have to
    /// be used.
    #[serde(default)]
    pub exchanges: Vec<GoldenExchange>,
    /// The expected outcome.
    pub expect: GoldenExpectation,
}

/// One request and its response.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct GoldenExchange {
    /// The request's method.
    pub method: String,
    /// The request's URL, in canonical form.
    pub url: String,
    /// What the request's body has to contain; the body is JSON then, and may
    /// contain more. Defaults to anything.
    #[serde(default)]
    pub request: Option<Value>,
    /// The response's status. Defaults to 200.
    #[serde(default = "ok")]
    pub status: u16,
    /// The response's headers. Defaults to none.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// The response's body: a string is used as text, any other value as JSON.
    /// Defaults to an empty body.
    #[serde(default)]
    pub response: Option<Value>,
    /// The error that the request gets instead of a response. Defaults to none.
    /// With one that the gate decides on, [`request`](Self::request) is not
    /// compared, and neither is the query of the URL.
    #[serde(default)]
    pub error: Option<GoldenError>,
}

/// Why a request gets no response.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum GoldenError {
    /// Nothing could be sent.
    Unreachable,
    /// No response in time.
    Timeout,
    /// The connection broke.
    Interrupted,
    /// The response is larger than the host allows.
    TooLarge,
    /// The gate refuses the request, because of the policy or of a secret. The
    /// case fails if the gate does not.
    Denied,
    /// The gate refuses the request, because the execution has used up its
    /// requests or bytes. The case fails if the gate does not.
    Exhausted,
}

impl GoldenError {
    /// Whether it is the gate that decides on it. The request does not reach the
    /// transport then.
    pub(crate) fn is_refusal(self) -> bool {
        matches!(self, GoldenError::Denied | GoldenError::Exhausted)
    }
}

/// The expected outcome of a case.
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "route", rename_all = "lowercase", deny_unknown_fields)]
pub enum GoldenExpectation {
    /// The node succeeds.
    Success {
        /// What the result has to contain; it may contain more. Defaults to
        /// anything.
        #[serde(default)]
        result: Option<Value>,
    },
    /// The node fails.
    Failure {
        /// The kind of the failure or fault in the outcome document. Defaults
        /// to any.
        #[serde(default)]
        kind: Option<String>,
        /// The wait that the failure asks for, in milliseconds. Defaults to any,
        /// and to none at all.
        #[serde(default)]
        retry_after_ms: Option<u64>,
        /// What the failure's details have to contain; they may contain more.
        /// Defaults to anything.
        #[serde(default)]
        details: Option<Value>,
    },
}

impl GoldenCase {
    /// Parses a case from a JSON document.
    ///
    /// # Errors
    ///
    /// If the document is not a valid case; an unknown key is an error.
    pub fn from_json(text: &str) -> Result<GoldenCase, JsonError> {
        Json::within(text, 64)?.to()
    }
}

fn ok() -> u16 {
    200
}

/// Where `found` does not contain what is expected, as a JSON pointer with both
/// values. Objects may contain more than is expected, lists may not.
pub(crate) fn difference(expected: &Value, found: &Value) -> Option<(String, Value, Value)> {
    let differs = || Some((String::new(), expected.clone(), found.clone()));
    let below = |key: &str, expected: &Value, found: &Value| {
        let (pointer, expected, found) = difference(expected, found)?;
        let key = key.replace('~', "~0").replace('/', "~1");
        Some((format!("/{key}{pointer}"), expected, found))
    };
    match (expected, found) {
        (Value::Object(expected), Value::Object(found)) => {
            expected.iter().find_map(|(key, expected)| {
                below(key, expected, found.get(key).unwrap_or(&Value::Null))
            })
        }
        (Value::Array(expected), Value::Array(found)) if expected.len() == found.len() => {
            let pairs = expected.iter().zip(found).enumerate();
            pairs
                .into_iter()
                .find_map(|(at, (expected, found))| below(&at.to_string(), expected, found))
        }
        (Value::Number(one), Value::Number(other)) if one.as_f64() == other.as_f64() => None,
        _ if expected == found => None,
        _ => differs(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_subset_holds_and_a_difference_is_found_where_it_is() {
        for (expected, found, at) in [
            (json!({}), json!({"a": 1}), None),
            (
                json!({"a": {"b": 1}}),
                json!({"a": {"b": 1.0, "c": 2}}),
                None,
            ),
            (json!([1, {"a": 1}]), json!([1, {"a": 1, "b": 2}]), None),
            (json!({"a": 1}), json!({}), Some("/a")),
            (
                json!({"a": {"b/c": 1}}),
                json!({"a": {"b/c": 2}}),
                Some("/a/b~1c"),
            ),
            (json!([1]), json!([1, 2]), Some("")),
            (json!([1, 2]), json!([1, 3]), Some("/1")),
            (json!("1"), json!(1), Some("")),
            (json!(null), json!(null), None),
        ] {
            let pointer = difference(&expected, &found).map(|(pointer, ..)| pointer);
            assert_eq!(pointer.as_deref(), at, "{expected} {found}");
        }
    }

    #[test]
    fn a_case_with_an_unknown_key_is_refused() {
        let error = GoldenCase::from_json(
            r#"{"name": "", "payload": null, "expect": {"route": "success", "results": 1}}"#,
        );
        let message = error.unwrap_err().to_string();
        assert!(message.starts_with("unknown field `results`"), "{message}");
    }
}
