//! What the component imports: http and log of the real host.

use std::time::Duration;

use crate::bindings::node_async::hospes::node::http_async;
use crate::bindings::shared::hospes::node::{http as wit, log as wit_log};
use crate::message::{Error, HeaderValue, Level, Request, Response};

pub(crate) fn send(request: Request) -> Result<Response, Error> {
    answer(wit::send(&request.into()))
}

pub(crate) fn send_all(requests: Vec<Request>) -> Vec<Result<Response, Error>> {
    let requests: Vec<wit::Request> = requests.into_iter().map(Into::into).collect();
    wit::send_all(&requests).into_iter().map(answer).collect()
}

pub(crate) async fn send_async(request: Request) -> Result<Response, Error> {
    answer(http_async::send(request.into()).await)
}

pub(crate) fn log(level: Level, message: &str, fields: &[(&str, &str)]) {
    let level = match level {
        Level::Trace => wit_log::Level::Trace,
        Level::Debug => wit_log::Level::Debug,
        Level::Info => wit_log::Level::Info,
        Level::Warn => wit_log::Level::Warn,
        Level::Error => wit_log::Level::Error,
    };
    let fields: Vec<(String, String)> = fields
        .iter()
        .map(|&(key, value)| (key.to_owned(), value.to_owned()))
        .collect();
    wit_log::log(level, message, &fields);
}

fn answer(result: Result<wit::Response, wit::Error>) -> Result<Response, Error> {
    match result {
        Ok(response) => Ok(Response {
            status: response.status,
            headers: response.headers,
            body: response.body,
        }),
        Err(error) => Err(error.into()),
    }
}

impl From<Request> for wit::Request {
    fn from(request: Request) -> Self {
        wit::Request {
            method: request.method,
            url: request.url,
            headers: request
                .headers
                .into_iter()
                .map(|(name, value)| (name, value.into()))
                .collect(),
            body: request.body,
            timeout_ms: request.timeout.map(millis),
        }
    }
}

impl From<HeaderValue> for wit::HeaderValue {
    fn from(value: HeaderValue) -> Self {
        match value {
            HeaderValue::Text(text) => wit::HeaderValue::Text(text),
            HeaderValue::Secret { name, prefix } => {
                wit::HeaderValue::Secret(wit::SecretRef { name, prefix })
            }
        }
    }
}

impl From<wit::Error> for Error {
    fn from(error: wit::Error) -> Self {
        match error {
            wit::Error::Denied(reason) => Error::Denied(reason),
            wit::Error::Invalid(what) => Error::Invalid(what),
            wit::Error::Unreachable(why) => Error::Unreachable(why),
            wit::Error::Timeout => Error::Timeout,
            wit::Error::Interrupted(why) => Error::Interrupted(why),
            wit::Error::TooLarge => Error::TooLarge,
            wit::Error::Exhausted(what) => Error::Exhausted(what),
        }
    }
}

/// Whole milliseconds, rounded up: a wait of half a millisecond is not none.
pub(crate) fn millis(duration: Duration) -> u64 {
    duration
        .as_nanos()
        .div_ceil(1_000_000)
        .try_into()
        .unwrap_or(u64::MAX)
}
