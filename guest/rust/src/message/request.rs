//! One request.

use std::time::Duration;

use serde::Serialize;

use super::Error;

/// One request, built step by step and then sent.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[must_use = "a request does nothing until it is sent"]
pub struct Request {
    /// GET, HEAD, POST, PUT, PATCH, DELETE or OPTIONS.
    pub method: String,
    /// `scheme://host[:port][/path][?query]`, at most 8192 bytes.
    pub url: String,
    /// In order.
    pub headers: Vec<(String, HeaderValue)>,
    /// The body, or none.
    pub body: Option<Vec<u8>>,
    /// The time limit. Defaults to the time that the execution has left, and
    /// never exceeds it.
    pub timeout: Option<Duration>,
}

/// A header's value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HeaderValue {
    /// Sent unchanged.
    Text(String),
    /// The host inserts the secret's value here. The node never sees it.
    Secret {
        /// One of [`Context::secrets`](crate::Context::secrets).
        name: String,
        /// Goes before the value, such as `Bearer ` with its space.
        prefix: String,
    },
}

impl Request {
    /// A request with any method the host knows.
    pub fn new(method: impl Into<String>, url: impl Into<String>) -> Self {
        Request {
            method: method.into(),
            url: url.into(),
            headers: Vec::new(),
            body: None,
            timeout: None,
        }
    }

    /// A GET request.
    pub fn get(url: impl Into<String>) -> Self {
        Request::new("GET", url)
    }

    /// A HEAD request.
    pub fn head(url: impl Into<String>) -> Self {
        Request::new("HEAD", url)
    }

    /// A POST request.
    pub fn post(url: impl Into<String>) -> Self {
        Request::new("POST", url)
    }

    /// A PUT request.
    pub fn put(url: impl Into<String>) -> Self {
        Request::new("PUT", url)
    }

    /// A PATCH request.
    pub fn patch(url: impl Into<String>) -> Self {
        Request::new("PATCH", url)
    }

    /// A DELETE request.
    pub fn delete(url: impl Into<String>) -> Self {
        Request::new("DELETE", url)
    }

    /// Adds a header. Framing and routing headers (`host`, `content-length`,
    /// `connection` and similar) belong to the host and are refused.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers
            .push((name.into(), HeaderValue::Text(value.into())));
        self
    }

    /// Adds a header whose value is a secret after a prefix. The host inserts the
    /// value after the egress policy has allowed the request.
    pub fn secret(
        mut self,
        header: impl Into<String>,
        name: impl Into<String>,
        prefix: impl Into<String>,
    ) -> Self {
        let value = HeaderValue::Secret {
            name: name.into(),
            prefix: prefix.into(),
        };
        self.headers.push((header.into(), value));
        self
    }

    /// Sets the body.
    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = Some(body.into());
        self
    }

    /// Sets a JSON body and its `content-type`.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] when the value cannot be written as JSON.
    pub fn json(self, value: &(impl Serialize + ?Sized)) -> Result<Self, Error> {
        let body = serde_json::to_vec(value).map_err(|error| {
            Error::Invalid(format!("the body cannot be written as JSON: {error}"))
        })?;
        Ok(self.header("content-type", "application/json").body(body))
    }

    /// Gives up after this much time. Defaults to what the execution has left.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// The first header of that name, whatever its case.
    pub fn find_header(&self, name: &str) -> Option<&HeaderValue> {
        self.headers
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
    }
}
