//! HTTP requests, as far as the operator's egress policy allows them.
//!
//! ```
//! use std::time::Duration;
//! use hospes_guest::{Failure, http};
//!
//! fn create(base: &str) -> Result<String, Failure> {
//!     let response = http::Request::post(format!("{base}/things"))
//!         .secret("authorization", "things_key", "Bearer ")
//!         .json(&serde_json::json!({"name": "lamp"}))?
//!         .timeout(Duration::from_secs(10))
//!         .send()?;
//!     match response.status {
//!         201 => Ok(response.text().into_owned()),
//!         401 => Err(Failure::unauthorized("the things service does not accept the key")),
//!         status => Err(Failure::protocol(format!("unexpected HTTP {status}"))),
//!     }
//! }
//! # use hospes_guest::testing::Host;
//! # let host = Host::new().answer(http::Response::new(201).with_body("lamp"));
//! # host.enter(|| assert_eq!(create("https://things.example").unwrap(), "lamp"));
//! ```
//!
//! The host resolves names, connects, speaks TLS and inserts secrets. It
//! follows no redirect: a 3xx is an answer like any other. An answer of any
//! status is an `Ok`; an [`Error`] says why there is no answer, and whether the
//! request may have arrived nevertheless.

pub use crate::message::{Error, HeaderValue, Request, Response};

/// Sends requests side by side and waits for all of them. The answers have the
/// order of the requests.
///
/// ```
/// use hospes_guest::http::{Request, Response, send_all};
/// # use hospes_guest::testing::Host;
/// # let host = Host::new().answer(Response::new(200)).answer(Response::new(404));
/// # host.enter(|| {
/// let answers = send_all(vec![
///     Request::get("https://a.example/"),
///     Request::get("https://b.example/"),
/// ]);
/// assert_eq!(answers[1].as_ref().map(|response| response.status), Ok(404));
/// # });
/// ```
pub fn send_all(requests: Vec<Request>) -> Vec<Result<Response, Error>> {
    crate::host::send_all(requests)
}

impl Request {
    /// Sends the request and waits for its answer.
    ///
    /// # Errors
    ///
    /// An [`Error`] when there is no answer. A status of 400 or above is one.
    pub fn send(self) -> Result<Response, Error> {
        crate::host::send(self)
    }

    /// Sends the request; the answer is awaited. For an
    /// [`AsyncAction`](crate::AsyncAction) only.
    ///
    /// # Errors
    ///
    /// As [`send`](Request::send).
    pub async fn send_async(self) -> Result<Response, Error> {
        crate::host::send_async(self).await
    }
}
