//! What came of an execution: plain data, and the outcome document.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use crate::json::Json;

/// What came of an execution.
///
/// A node that says no is a value ([`Answer::Failure`]); a node that broke or
/// was stopped is a typed error ([`Fault`]). `Serialize` writes the outcome
/// document, the JSON that the command line and servers answer with.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Outcome {
    /// The node's answer, or why it could not give one.
    pub answer: Result<Answer, Fault>,
    /// The node's name in the runtime.
    pub node: Arc<str>,
    /// The revision that ran.
    pub revision: Arc<RevisionId>,
    /// The same for every attempt.
    pub execution_id: Arc<str>,
    /// How often the node was called: 1, or more after retries.
    pub attempts: u32,
    /// What the execution cost, all attempts together.
    pub usage: Usage,
    /// What the node logged, all attempts together, in order.
    pub logs: Vec<LogRecord>,
}

impl Outcome {
    /// The outcome of a node that was refused at load, for hosts that answer
    /// with an outcome whatever happens. Its revision has no digest and
    /// generation 0, and there was no execution.
    pub fn refused(node: &str, message: impl Into<String>) -> Outcome {
        Outcome {
            answer: Err(Fault::Refused {
                message: message.into(),
            }),
            node: node.into(),
            revision: Arc::new(RevisionId {
                digest: String::new(),
                generation: 0,
                version: String::new(),
            }),
            execution_id: "".into(),
            attempts: 0,
            usage: Usage::default(),
            logs: Vec::new(),
        }
    }

    /// The result, if the node succeeded.
    pub fn result(&self) -> Option<&Json> {
        match &self.answer {
            Ok(Answer::Success(result)) => Some(result),
            _ => None,
        }
    }

    /// The failure, if the node gave one.
    pub fn failure(&self) -> Option<&Failure> {
        match &self.answer {
            Ok(Answer::Failure(failure)) => Some(failure),
            _ => None,
        }
    }

    /// Which edge a flow takes.
    pub fn route(&self) -> Route {
        match self.result() {
            Some(_) => Route::Success,
            None => Route::Failure,
        }
    }
}

/// A node's own answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It succeeded, with this result.
    Success(Json),
    /// It says no.
    Failure(Failure),
}

/// Which edge a flow takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Route {
    /// The node succeeded.
    Success,
    /// It did not.
    Failure,
}

/// Why a node did not succeed, in its own words.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Failure {
    /// What the caller can do about it.
    pub kind: FailureKind,
    /// For people.
    pub message: String,
    /// Do not repeat earlier than this.
    pub retry_after: Option<Duration>,
    /// For programs.
    pub details: Option<Json>,
}

/// What a caller can do about a failure. The meanings are those of
/// `hospes:node/types.failure-kind`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FailureKind {
    /// Nothing was done: fix the payload.
    InvalidPayload,
    /// Nothing was done: fix the environment's params or secrets.
    InvalidParams,
    /// Nothing was done: the egress policy forbids it.
    Denied,
    /// Nothing was done: fix the credentials.
    Unauthorized,
    /// Nothing was done: the upstream refused it for good.
    Rejected,
    /// Some of it was done; never repeat the whole.
    Partial,
    /// Nothing was done: repeat after the wait.
    RateLimited,
    /// Nothing was done: repeat with backoff.
    Unavailable,
    /// Perhaps something was done: sent, no answer.
    Unknown,
    /// Perhaps something was done: the upstream answered outside its contract.
    Protocol,
    /// Perhaps something was done: a bug in the node.
    Internal,
}

impl FailureKind {
    /// Every kind.
    pub const ALL: [FailureKind; 11] = [
        FailureKind::InvalidPayload,
        FailureKind::InvalidParams,
        FailureKind::Denied,
        FailureKind::Unauthorized,
        FailureKind::Rejected,
        FailureKind::Partial,
        FailureKind::RateLimited,
        FailureKind::Unavailable,
        FailureKind::Unknown,
        FailureKind::Protocol,
        FailureKind::Internal,
    ];

    /// The kind's name in the contract and in the outcome document.
    pub fn as_str(self) -> &'static str {
        match self {
            FailureKind::InvalidPayload => "invalid-payload",
            FailureKind::InvalidParams => "invalid-params",
            FailureKind::Denied => "denied",
            FailureKind::Unauthorized => "unauthorized",
            FailureKind::Rejected => "rejected",
            FailureKind::Partial => "partial",
            FailureKind::RateLimited => "rate-limited",
            FailureKind::Unavailable => "unavailable",
            FailureKind::Unknown => "unknown",
            FailureKind::Protocol => "protocol",
            FailureKind::Internal => "internal",
        }
    }

    /// The kind of that name.
    pub fn named(name: &str) -> Option<FailureKind> {
        FailureKind::ALL
            .into_iter()
            .find(|kind| kind.as_str() == name)
    }
}

impl fmt::Display for FailureKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Why there is no answer of the node's: it broke, or the host stopped it.
/// One variant, one fact.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// The execution's wall time was used up.
    Deadline {
        /// The limit.
        limit: Duration,
    },
    /// An attempt used up its CPU time.
    Cpu {
        /// The limit.
        limit: Duration,
    },
    /// An attempt wanted more memory, table space or host resources than it may
    /// have.
    Memory {
        /// What it wanted too much of, such as `70 MiB of memory, 64 MiB are allowed`.
        message: String,
    },
    /// The guest's stack overflowed.
    Stack,
    /// The guest trapped, called exit, or broke the contract's encoding.
    Trap {
        /// What happened.
        message: String,
    },
    /// The payload is longer than the node takes; it was not called.
    PayloadTooLarge {
        /// The payload's bytes.
        bytes: u64,
        /// The limit.
        limit: u64,
    },
    /// The result is longer than the limit.
    ResultTooLarge {
        /// The limit.
        limit: u64,
    },
    /// The result is no JSON document or nests too deep.
    InvalidResult {
        /// What is wrong with it.
        message: String,
    },
    /// The node has as many executions as it may have; it was not called.
    Overloaded {
        /// Which limit was reached.
        message: String,
    },
    /// The component was refused at load, so that there was nothing to call.
    Refused {
        /// Why.
        message: String,
    },
}

impl Fault {
    /// The fault's name in the outcome document. CPU time is part of the
    /// deadline there.
    pub fn kind(&self) -> &'static str {
        match self {
            Fault::Deadline { .. } | Fault::Cpu { .. } => "deadline",
            Fault::Memory { .. } => "memory",
            Fault::Stack => "stack",
            Fault::Trap { .. } => "trap",
            Fault::PayloadTooLarge { .. } => "payload-too-large",
            Fault::ResultTooLarge { .. } => "result-too-large",
            Fault::InvalidResult { .. } => "invalid-result",
            Fault::Overloaded { .. } => "overloaded",
            Fault::Refused { .. } => "refused",
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fault::Deadline { limit } => {
                write!(
                    f,
                    "the execution did not end within {limit:?} (limit `deadline`)"
                )
            }
            Fault::Cpu { limit } => {
                write!(f, "the node computed for more than {limit:?} (limit `cpu`)")
            }
            Fault::Memory { message }
            | Fault::Trap { message }
            | Fault::InvalidResult { message }
            | Fault::Overloaded { message }
            | Fault::Refused { message } => f.write_str(message),
            Fault::Stack => f.write_str("the node's stack overflowed"),
            Fault::PayloadTooLarge { bytes, limit } => {
                write!(
                    f,
                    "the payload has {bytes} bytes, {limit} are allowed (limit `payload`)"
                )
            }
            Fault::ResultTooLarge { limit } => {
                write!(f, "the result has more than {limit} bytes (limit `result`)")
            }
        }
    }
}

impl std::error::Error for Fault {}

/// Which code ran.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct RevisionId {
    /// `sha256:` and the component's digest in lower-case hexadecimal.
    pub digest: String,
    /// Rises with every revision that the runtime admits.
    pub generation: u64,
    /// The version that the component says it has; empty if it says nothing.
    pub version: String,
}

/// What an execution cost, all attempts together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Usage {
    /// From the call to the outcome, in microseconds.
    pub wall_us: u64,
    /// Time inside the guest, in microseconds: wall time less the time in
    /// which the guest waited for the host.
    pub cpu_us: u64,
    /// The most memory that an attempt had, in bytes.
    pub memory_peak_bytes: u64,
    /// HTTP requests that were sent.
    pub http_requests: u64,
    /// Bytes of response bodies.
    pub http_bytes_in: u64,
    /// Bytes of request bodies.
    pub http_bytes_out: u64,
}

/// One log record of a node.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LogRecord {
    /// How much it matters.
    pub level: Level,
    /// Escaped and cut as the limits say, secrets blanked out.
    pub message: String,
    /// Name and value, in the node's order, escaped and cut likewise.
    pub fields: Vec<(String, String)>,
}

/// How much a log record matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// For the one who takes the node apart.
    Trace,
    /// For the node's author.
    Debug,
    /// For the operator, in good times.
    Info,
    /// For the operator: something to look at.
    Warn,
    /// For the operator: something is broken.
    Error,
}

impl Serialize for Outcome {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        match &self.answer {
            Ok(Answer::Success(result)) => {
                map.serialize_entry("route", "success")?;
                map.serialize_entry("result", result)?;
            }
            Ok(Answer::Failure(failure)) => {
                map.serialize_entry("route", "failure")?;
                map.serialize_entry("failure", &FailureDocument::of_node(failure))?;
            }
            Err(fault) => {
                map.serialize_entry("route", "failure")?;
                map.serialize_entry("failure", &FailureDocument::of_host(fault))?;
            }
        }
        map.serialize_entry("node", &*self.node)?;
        map.serialize_entry("revision", &*self.revision)?;
        map.serialize_entry("execution_id", &*self.execution_id)?;
        map.serialize_entry("attempts", &self.attempts)?;
        map.serialize_entry("usage", &self.usage)?;
        map.serialize_entry("logs", &self.logs)?;
        map.end()
    }
}

#[derive(Serialize)]
struct FailureDocument<'a> {
    kind: &'static str,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after_ms: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    details: Option<&'a Json>,
    source: &'static str,
}

impl<'a> FailureDocument<'a> {
    fn of_node(failure: &'a Failure) -> FailureDocument<'a> {
        FailureDocument {
            kind: failure.kind.as_str(),
            message: failure.message.clone(),
            retry_after_ms: failure
                .retry_after
                .map(|wait| u64::try_from(wait.as_millis()).unwrap_or(u64::MAX)),
            details: failure.details.as_ref(),
            source: "node",
        }
    }

    fn of_host(fault: &Fault) -> FailureDocument<'a> {
        FailureDocument {
            kind: fault.kind(),
            message: fault.to_string(),
            retry_after_ms: None,
            details: None,
            source: "host",
        }
    }
}

impl Serialize for LogRecord {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        struct Fields<'a>(&'a [(String, String)]);
        impl Serialize for Fields<'_> {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
            }
        }
        let mut map = serializer.serialize_map(Some(3))?;
        map.serialize_entry("level", &self.level)?;
        map.serialize_entry("message", &self.message)?;
        map.serialize_entry("fields", &Fields(&self.fields))?;
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(answer: Result<Answer, Fault>) -> Outcome {
        Outcome {
            answer,
            node: "braze-track".into(),
            revision: Arc::new(RevisionId {
                digest: "sha256:00".to_owned(),
                generation: 3,
                version: "0.1.0".to_owned(),
            }),
            execution_id: "e-1".into(),
            attempts: 1,
            usage: Usage::default(),
            logs: vec![LogRecord {
                level: Level::Info,
                message: "sent".to_owned(),
                fields: vec![("objects".to_owned(), "2".to_owned())],
            }],
        }
    }

    #[test]
    fn the_outcome_document_has_the_documented_shape() {
        let rest = concat!(
            r#""node":"braze-track","revision":{"digest":"sha256:00","generation":3,"version":"0.1.0"},"#,
            r#""execution_id":"e-1","attempts":1,"usage":{"wall_us":0,"cpu_us":0,"memory_peak_bytes":0,"#,
            r#""http_requests":0,"http_bytes_in":0,"http_bytes_out":0},"#,
            r#""logs":[{"level":"info","message":"sent","fields":{"objects":"2"}}]}"#,
        );
        let success = Answer::Success(Json::parse(r#"{"n": 1}"#, 9).unwrap());
        let failure = Answer::Failure(Failure {
            kind: FailureKind::RateLimited,
            message: "slow down".to_owned(),
            retry_after: Some(Duration::from_secs(2)),
            details: Some(Json::parse("{}", 9).unwrap()),
        });
        let cases = [
            (Ok(success), r#"{"route":"success","result":{"n": 1},"#),
            (
                Ok(failure),
                r#"{"route":"failure","failure":{"kind":"rate-limited","message":"slow down","retry_after_ms":2000,"details":{},"source":"node"},"#,
            ),
            (
                Err(Fault::Deadline {
                    limit: Duration::from_secs(10),
                }),
                r#"{"route":"failure","failure":{"kind":"deadline","message":"the execution did not end within 10s (limit `deadline`)","source":"host"},"#,
            ),
        ];
        for (answer, start) in cases {
            let document = serde_json::to_string(&outcome(answer)).unwrap();
            assert_eq!(document, format!("{start}{rest}"));
        }
    }

    #[test]
    fn a_failure_kind_reads_back_by_its_name() {
        for kind in FailureKind::ALL {
            assert_eq!(FailureKind::named(kind.as_str()), Some(kind));
        }
        assert_eq!(FailureKind::named("deadline"), None);
    }
}
