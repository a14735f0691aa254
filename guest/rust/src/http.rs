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
//! # let host = Host::new().answer_next(http::Response::new(201).with_body("lamp"));
//! # host.enter(|| assert_eq!(create("https://things.example").unwrap(), "lamp"));
//! ```
//!
//! The host resolves names, connects, speaks TLS and inserts secrets. It does
//! not follow redirects: a 3xx is a response like any other. A response of any
//! status is an `Ok`; an [`Error`] says why there is none, and whether the
//! request may still have arrived.

pub use crate::message::{Error, HeaderValue, Request, Response};

/// Sends requests concurrently and waits for all of them. The results are in
/// the order of the requests.
///
/// ```
/// use hospes_guest::http::{Request, Response, send_all};
/// # use hospes_guest::testing::Host;
/// # let host = Host::new().answer_next(Response::new(200)).answer_next(Response::new(404));
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
    /// Sends the request and waits for the response.
    ///
    /// # Errors
    ///
    /// An [`Error`] if there is no response. A status of 400 or above is a response.
    pub fn send(self) -> Result<Response, Error> {
        crate::host::send(self)
    }

    /// Sends the request and awaits the response. Only for an
    /// [`AsyncAction`](crate::AsyncAction).
    ///
    /// # Errors
    ///
    /// As [`send`](Request::send).
    pub async fn send_async(self) -> Result<Response, Error> {
        crate::host::send_async(self).await
    }
}
