//! The lines of a recording.

use std::borrow::Cow;
use std::collections::BTreeMap;

use base64::display::Base64Display;
use base64::engine::general_purpose::STANDARD;
use serde::{Serialize, Serializer};

use crate::outcome::{Level, Usage};

/// The name of the format, in the first line.
pub(super) const FORMAT: &str = "hospes-recording";
/// The version of the format, in the first line.
pub(super) const VERSION: u64 = 1;

/// What is recorded: the revision, and what it was granted.
pub(crate) struct Subject<'a> {
    pub(crate) contract: &'a str,
    pub(crate) node: &'a str,
    pub(crate) component: &'a str,
    pub(crate) generation: u64,
    pub(crate) version: &'a str,
    pub(crate) execution_id: &'a str,
    pub(crate) policy: String,
    pub(crate) limits: &'a crate::limits::Limits,
}

/// The first line.
#[derive(Serialize)]
pub(super) struct Header<'a> {
    pub(super) format: &'a str,
    /// Of the format.
    pub(super) version: u64,
    pub(super) contract: &'a str,
    pub(super) node: &'a str,
    pub(super) component: &'a str,
    pub(super) revision: Revision<'a>,
    pub(super) execution_id: &'a str,
    pub(super) policy: String,
    pub(super) limits: BTreeMap<&'static str, String>,
}

#[derive(Serialize)]
pub(super) struct Revision<'a> {
    pub(super) generation: u64,
    pub(super) version: &'a str,
}

/// Every other line.
#[derive(Serialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub(super) enum Event<'a> {
    /// What the execution was given.
    Call {
        env: &'a str,
        params: Cow<'a, str>,
        secrets: &'a [String],
        variables: Cow<'a, str>,
        payload: Cow<'a, str>,
    },
    /// The node is called, in a fresh instance.
    Attempt {
        attempt: u32,
        remaining_ms: u64,
        insecure_seed: Base64<'a>,
    },
    /// The node has made a request.
    Request {
        id: u64,
        interface: Interface,
        method: Cow<'a, str>,
        url: Cow<'a, str>,
        headers: Vec<(Cow<'a, str>, HeaderText<'a>)>,
        #[serde(skip_serializing_if = "Option::is_none")]
        body: Option<Body<'a>>,
        #[serde(skip_serializing_if = "Timeouts::is_empty")]
        timeouts: Timeouts,
    },
    /// The rest of a request: the body that the node wrote.
    RequestBody {
        id: u64,
        #[serde(skip_serializing_if = "Option::is_none")]
        body: Option<Body<'a>>,
    },
    /// What came of a request.
    Answer {
        id: u64,
        decision: Decision,
        #[serde(flatten)]
        answer: Answer<'a>,
    },
    Clock {
        clock: Clock,
        ns: u64,
    },
    Random {
        source: RandomSource,
        bytes: Base64<'a>,
    },
    Log {
        level: Level,
        message: &'a str,
        fields: &'a [(String, String)],
    },
    /// The last line.
    Outcome {
        #[serde(flatten)]
        outcome: Outcome<'a>,
        attempts: u32,
        usage: Usage,
        left_out: u64,
        blanked: bool,
    },
}

/// How a node makes a request.
#[derive(Clone, Copy, Serialize)]
pub(crate) enum Interface {
    #[serde(rename = "hospes:node/http")]
    Node,
    #[cfg(feature = "wasi-http")]
    #[serde(rename = "wasi:http")]
    Wasi,
}

#[derive(Clone, Copy, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Clock {
    Wall,
    Monotonic,
}

#[derive(Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum RandomSource {
    Secure,
    Insecure,
}

/// What the gate made of a request.
#[derive(Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Decision {
    /// It was sent, or an attempt was made.
    Allowed,
    /// The policy denies it.
    Denied,
    /// It is malformed, or the execution's budget is used up.
    Refused,
}

#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum HeaderText<'a> {
    Text {
        text: Cow<'a, str>,
    },
    Secret {
        secret: Cow<'a, str>,
        prefix: Cow<'a, str>,
    },
}

/// In milliseconds; none is left to the limits.
#[derive(Serialize)]
pub(super) struct Timeouts {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) total_ms: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) connect_ms: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) first_byte_ms: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) between_bytes_ms: Option<u64>,
}

impl Timeouts {
    fn is_empty(&self) -> bool {
        let all = [
            self.total_ms,
            self.connect_ms,
            self.first_byte_ms,
            self.between_bytes_ms,
        ];
        all.iter().all(Option::is_none)
    }
}

#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum Answer<'a> {
    Response {
        status: u16,
        headers: &'a [(String, String)],
        body: Body<'a>,
    },
    Error {
        error: SendError<'a>,
    },
}

#[derive(Serialize)]
pub(super) struct SendError<'a> {
    pub(super) case: &'static str,
    /// What `wasi:http` distinguishes besides.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) cause: Option<&'static str>,
    pub(super) message: Cow<'a, str>,
}

#[derive(Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Body<'a> {
    Text(Cow<'a, str>),
    Base64(Base64<'a>),
}

/// Bytes, written without a copy of them.
pub(super) struct Base64<'a>(pub(super) &'a [u8]);

impl Serialize for Base64<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&Base64Display::new(self.0, &STANDARD))
    }
}

#[derive(Serialize)]
#[serde(tag = "route", rename_all = "lowercase")]
pub(super) enum Outcome<'a> {
    Success { result: Cow<'a, str> },
    Failure { failure: Failure<'a> },
}

#[derive(Serialize)]
pub(super) struct Failure<'a> {
    pub(super) kind: &'static str,
    pub(super) message: Cow<'a, str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) retry_after_ms: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) details: Option<Cow<'a, str>>,
    pub(super) source: &'static str,
}
