//! One response.

use std::borrow::Cow;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::decode::decode;
use crate::{Failure, FailureKind};

/// One response, of any status.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Response {
    /// Such as 201.
    pub status: u16,
    /// In order, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The whole body.
    pub body: Vec<u8>,
}

impl Response {
    /// A response without headers and body, for tests.
    pub fn new(status: u16) -> Self {
        Response {
            status,
            headers: Vec::new(),
            body: Vec::new(),
        }
    }

    /// Adds a header, in the form that the host provides.
    #[must_use]
    pub fn with_header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_ascii_lowercase(), value.into()));
        self
    }

    /// Sets the body.
    #[must_use]
    pub fn with_body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    /// Sets the body to a JSON document, and its `content-type`. What cannot be
    /// written as JSON leaves the body empty.
    #[must_use]
    pub fn with_json(self, value: &(impl Serialize + ?Sized)) -> Self {
        self.with_header("content-type", "application/json")
            .with_body(serde_json::to_vec(value).unwrap_or_default())
    }

    /// The first header of that name, whatever its case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// Whether the status is 2xx.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The body as text; what is not UTF-8 is replaced.
    pub fn text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.body)
    }

    /// Reads the body as JSON.
    ///
    /// # Errors
    ///
    /// A failure of kind [`Protocol`](FailureKind::Protocol) that says where
    /// and what was expected, but not the value.
    pub fn json<T: DeserializeOwned + 'static>(&self) -> Result<T, Failure> {
        match std::str::from_utf8(&self.body) {
            Ok(text) => decode("response", text),
            Err(_) => Err("response is not JSON: it is not UTF-8".to_owned()),
        }
        .map_err(|message| Failure::new(FailureKind::Protocol, message))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_found_in_any_case() {
        let response = Response::new(200).with_header("X-RateLimit-Reset", "7");
        assert_eq!(response.header("x-ratelimit-reset"), Some("7"));
        assert_eq!(response.header("X-RATELIMIT-RESET"), Some("7"));
        assert_eq!(response.header("retry-after"), None);
    }

    #[test]
    fn a_body_outside_the_contract_is_a_protocol_failure() {
        let read = |body: &[u8]| Response::new(200).with_body(body).json::<Vec<u8>>();
        assert_eq!(read(b"[1, 2]"), Ok(vec![1, 2]));
        assert_eq!(
            read(b"[1, \"x\"]"),
            Err(Failure::protocol(
                "response.[1]: expected u8, found a string (line 1, column 7)"
            ))
        );
        assert_eq!(
            read(b"<html>"),
            Err(Failure::protocol(
                "response is not JSON: expected value at line 1 column 1"
            ))
        );
        assert_eq!(
            read(b"\xff"),
            Err(Failure::protocol("response is not JSON: it is not UTF-8"))
        );
    }
}
