//! What a response of Braze means, or the lack of one. Decides, and does no I/O.
//!
//! | response | meaning | kind if nothing was accepted before |
//! |---|---|---|
//! | 2xx, `message` is `success` | accepted, except the objects in `errors` | |
//! | 202, `message` is `queued` | accepted, during maintenance | |
//! | any other 2xx, 1xx, 3xx | outside the contract, may be accepted | `protocol` |
//! | 400, 404, 413, 415, any other 4xx | not accepted | `rejected` |
//! | 401, 403 | not accepted | `unauthorized` |
//! | 429 | not accepted | `rate-limited` |
//! | 504 | may be accepted: the gateway has forwarded the request | `unknown` |
//! | any other 5xx | not accepted | `unavailable` |
//! | none | as [`http::Error`] says | as `Failure::from` says |
//!
//! A 401 repeats the key, so neither its message nor that of a 403 is used.

use std::borrow::Cow;
use std::time::{Duration, SystemTime};

use hospes_guest::http::{self, Response};
use hospes_guest::{Failure, FailureKind};

use crate::json::Node;
use crate::object::Array;
use crate::wait;

/// The maximum number of characters of a text from Braze that are passed on.
const MAX_TEXT: usize = 200;

/// How the message starts if Braze has refused every object.
const NO_VALID_DATA: &str = "Valid data must be provided";

/// Braze's message for too many objects.
const TOO_MANY: &str = "Max Input Length Exceeded";

/// What became of a request.
#[derive(Debug, PartialEq)]
pub(crate) enum Answer {
    /// Braze has accepted it, except the objects that it names.
    Taken {
        queued: bool,
        errors: Vec<ItemError>,
        /// How many objects of each array Braze has accepted.
        counts: [Option<i64>; 3],
    },
    /// Braze has not accepted it, or that is unknown. Nothing more is sent.
    Stopped(Stop),
}

/// One entry of `errors`.
#[derive(Debug, PartialEq)]
pub(crate) struct ItemError {
    /// Braze does not promise to say.
    pub(crate) array: Option<Array>,
    /// In that array of this request. Braze does not promise to say.
    pub(crate) index: Option<usize>,
    pub(crate) reason: Cow<'static, str>,
}

/// Why nothing more is sent.
#[derive(Debug, PartialEq)]
pub(crate) struct Stop {
    pub(crate) kind: FailureKind,
    pub(crate) message: String,
    pub(crate) retry_after: Option<Duration>,
    pub(crate) status: Option<u16>,
    /// Braze's message, if it is safe to repeat.
    pub(crate) text: Option<String>,
    pub(crate) errors: Vec<ItemError>,
    /// Whether every object of the request was refused, named or not.
    pub(crate) all_refused: bool,
}

impl Stop {
    pub(crate) fn new(kind: FailureKind, message: impl Into<String>) -> Self {
        Stop {
            kind,
            message: message.into(),
            retry_after: None,
            status: None,
            text: None,
            errors: Vec::new(),
            all_refused: false,
        }
    }

    /// Whether Braze may have accepted the request.
    pub(crate) fn may_be_taken(&self) -> bool {
        matches!(self.kind, FailureKind::Unknown | FailureKind::Protocol)
    }
}

/// Says what a request's outcome means.
pub(crate) fn read(
    outcome: Result<Response, http::Error>,
    now: impl FnOnce() -> SystemTime,
) -> Answer {
    match outcome {
        Ok(response) if (200..300).contains(&response.status) => success(&response),
        Ok(response) => Answer::Stopped(fatal(&response, now)),
        Err(error) => {
            let failure = Failure::from(error);
            Answer::Stopped(Stop::new(failure.kind, failure.message))
        }
    }
}

fn success(response: &Response) -> Answer {
    let status = response.status;
    let outside = |what: &str, text| {
        let message = format!("Braze answered outside its contract: HTTP {status}, and {what}");
        let stop = Stop::new(FailureKind::Protocol, message);
        Answer::Stopped(Stop {
            status: Some(status),
            text,
            ..stop
        })
    };
    let body = match serde_json::from_slice(&response.body) {
        Ok(body @ Node::Object(_)) => body,
        _ => return outside("the body is not a JSON object", None),
    };
    let queued = match body.get("message").and_then(Node::as_text) {
        Some("success") => false,
        Some("queued") if status == 202 => true,
        Some(_) => return outside("the message is not 'success'", text(&body)),
        None => return outside("there is no message", text(&body)),
    };
    let counts = [
        "attributes_processed",
        "events_processed",
        "purchases_processed",
    ];
    Answer::Taken {
        queued,
        errors: errors(&body),
        counts: counts.map(|name| match body.get(name) {
            Some(Node::Integer(count)) => Some(*count),
            _ => None,
        }),
    }
}

fn fatal(response: &Response, now: impl FnOnce() -> SystemTime) -> Stop {
    let status = response.status;
    let body = serde_json::from_slice(&response.body).unwrap_or(Node::Null);
    let text = if matches!(status, 401 | 403) {
        None
    } else {
        text(&body)
    };
    let said = |start: &str| text.as_deref().is_some_and(|text| text.starts_with(start));
    let all_refused = status == 400 && said(NO_VALID_DATA);
    let (kind, words, hint) = match status {
        400 if all_refused => (
            FailureKind::Rejected,
            "Braze refused every object of the request",
            "",
        ),
        400 if said(TOO_MANY) => (
            FailureKind::Rejected,
            "Braze refused the request as too long",
            ". Lower max_objects",
        ),
        401 => (
            FailureKind::Unauthorized,
            "Braze does not accept the key",
            ". Either the secret braze_api_key is wrong, or braze_url is another instance's",
        ),
        403 => (
            FailureKind::Unauthorized,
            "Braze forbids the request",
            ". Either the key lacks the permission users.track, or the account is inactive",
        ),
        404 => (
            FailureKind::Rejected,
            "Braze knows no such endpoint",
            ". Check braze_url and braze_user_track",
        ),
        413 => (
            FailureKind::Rejected,
            "Braze refused the request as too large",
            ". Lower max_bytes",
        ),
        429 => (FailureKind::RateLimited, "Braze asks to slow down", ""),
        400..=499 => (FailureKind::Rejected, "Braze refused the request", ""),
        504 => (
            FailureKind::Unknown,
            "Braze's gateway got no answer in time, but the request may have been taken",
            "",
        ),
        500..=599 => (FailureKind::Unavailable, "Braze is not available", ""),
        _ => (
            FailureKind::Protocol,
            "Braze answered outside its contract",
            "",
        ),
    };
    Stop {
        retry_after: match kind {
            FailureKind::RateLimited => wait::rate_limit(response, now()),
            FailureKind::Unavailable => wait::retry_after(response, now()),
            _ => None,
        },
        status: Some(status),
        errors: if status == 400 {
            errors(&body)
        } else {
            Vec::new()
        },
        all_refused,
        text,
        ..Stop::new(kind, format!("{words}: HTTP {status}{hint}"))
    }
}

/// What the body says: most answers have a `message`, some an `error`.
fn text(body: &Node<'_>) -> Option<String> {
    let text = body
        .get("message")
        .or_else(|| body.get("error"))?
        .as_text()?;
    Some(bounded(text))
}

/// The entries of `errors`. Anything but a list counts as one entry without a
/// place.
fn errors(body: &Node<'_>) -> Vec<ItemError> {
    match body.get("errors") {
        None => Vec::new(),
        Some(Node::Array(entries)) => entries.iter().map(item_error).collect(),
        Some(entry) => vec![item_error(entry)],
    }
}

fn item_error(entry: &Node<'_>) -> ItemError {
    let text = match entry {
        Node::Text(text) => Some(&**text),
        entry => entry.get("type").and_then(Node::as_text),
    };
    let array = entry.get("input_array").and_then(Node::as_text);
    ItemError {
        array: array.and_then(|name| Array::ALL.into_iter().find(|array| array.name() == name)),
        index: match entry.get("index") {
            Some(Node::Integer(index)) => usize::try_from(*index).ok(),
            _ => None,
        },
        reason: text.map_or(Cow::Borrowed("Braze gives no reason"), |text| {
            bounded(text).into()
        }),
    }
}

fn bounded(text: &str) -> String {
    match text.char_indices().nth(MAX_TEXT) {
        Some((end, _)) => format!("{}...", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests;
