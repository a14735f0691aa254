//! The event that an observer gets for each request.

use std::borrow::Cow;
use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use serde::Serialize;
use serde::ser::{SerializeStruct, Serializer};

use crate::policy::Denial;
use crate::rfc3339::rfc3339;

/// One request as the gate saw it: an entry of the operator's audit log.
///
/// `Serialize` writes one JSON object. All keys are always there:
///
/// ```json
/// {
///   "time": "2026-01-31T12:00:00.250Z",
///   "node": "crm", "revision": {"digest": "sha256:...", "generation": 3, "version": "0.1.0"},
///   "execution_id": "6f1c...",
///   "method": "POST", "origin": "https://crm.example.com", "path": "/contacts",
///   "verdict": "answered", "error": null, "denied": null, "observed": null,
///   "rule": "POST https://crm.example.com/contacts", "address": "198.41.0.4:443",
///   "status": 201, "bytes_out": 412, "bytes_in": 23, "elapsed_us": 81250
/// }
/// ```
///
/// `verdict` is `answered`, `replayed`, `failed` or `denied`. `error` is the
/// stable word of a failure. `denied` is set if the request was denied,
/// `observed` if it would have been denied by a policy that does more than
/// observe. Both have the form `{"reason": "no-rule", "message": "...",
/// "remedy": "POST https://..." or null}`.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct EgressEvent {
    /// When the node made the request.
    pub time: SystemTime,
    /// The node that made the request.
    pub node: Arc<str>,
    /// The node's revision.
    pub revision: Arc<RevisionId>,
    /// The execution that made the request.
    pub execution_id: Arc<str>,
    /// Such as `POST`; escaped and cut if the node sent anything but a method.
    pub method: Cow<'static, str>,
    /// `scheme://host[:port]`, or empty if the URL could not be parsed.
    pub origin: String,
    /// The path without its query.
    pub path: String,
    /// How the request ended.
    pub verdict: Verdict,
    /// Why no rule allows the request, if the policy let it pass only because
    /// it [observes](crate::policy::Policy::observing).
    pub observed: Option<Denial>,
    /// The rule that matched, as the operator wrote it.
    pub rule: Option<Arc<str>>,
    /// The checked address that the connection tries first.
    pub address: Option<SocketAddr>,
    /// The response's status.
    pub status: Option<u16>,
    /// Bytes of the request body.
    pub bytes_out: u64,
    /// Bytes of the response body.
    pub bytes_in: u64,
    /// From the guest's call to the response.
    pub elapsed: Duration,
}

/// Which code of a node made a request.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct RevisionId {
    /// `sha256:` and the component's digest in lower-case hexadecimal.
    pub digest: String,
    /// Increases with every revision that the runtime loads.
    pub generation: u64,
    /// The version that the component states; empty if it states none.
    pub version: String,
}

impl RevisionId {
    /// The revision with this digest (`sha256:...`), generation and version.
    pub fn new(
        digest: impl Into<String>,
        generation: u64,
        version: impl Into<String>,
    ) -> RevisionId {
        RevisionId {
            digest: digest.into(),
            generation,
            version: version.into(),
        }
    }
}

/// How a request ended.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Verdict {
    /// Allowed and sent, and a response came.
    Answered,
    /// Allowed but not sent: a write of a shadow execution, which gets the
    /// response that the serving revision got.
    Replayed,
    /// Not refused, but without a usable response.
    Failed(ErrorCase),
    /// Refused; nothing was sent.
    Denied(Denial),
}

/// Why there was no usable response: the cases of `hospes:node/http.error`, and
/// `cancelled` for a request whose execution ended first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the contract documents them")]
pub enum ErrorCase {
    Denied,
    Invalid,
    Unreachable,
    Timeout,
    Interrupted,
    TooLarge,
    Exhausted,
    Cancelled,
}

impl ErrorCase {
    /// The stable word, such as `too-large`.
    pub fn as_str(self) -> &'static str {
        match self {
            ErrorCase::Denied => "denied",
            ErrorCase::Invalid => "invalid",
            ErrorCase::Unreachable => "unreachable",
            ErrorCase::Timeout => "timeout",
            ErrorCase::Interrupted => "interrupted",
            ErrorCase::TooLarge => "too-large",
            ErrorCase::Exhausted => "exhausted",
            ErrorCase::Cancelled => "cancelled",
        }
    }
}

impl fmt::Display for ErrorCase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Verdict {
    /// `answered`, `replayed`, `failed` or `denied`.
    pub fn as_str(&self) -> &'static str {
        match self {
            Verdict::Answered => "answered",
            Verdict::Replayed => "replayed",
            Verdict::Failed(_) => "failed",
            Verdict::Denied(_) => "denied",
        }
    }
}

impl Serialize for EgressEvent {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (error, denied) = match &self.verdict {
            Verdict::Answered | Verdict::Replayed => (None, None),
            Verdict::Failed(case) => (Some(case.as_str()), None),
            Verdict::Denied(denial) => (None, Some(denial)),
        };
        let elapsed = u64::try_from(self.elapsed.as_micros()).unwrap_or(u64::MAX);
        let mut json = serializer.serialize_struct("EgressEvent", 17)?;
        json.serialize_field("time", &rfc3339(self.time))?;
        json.serialize_field("node", &*self.node)?;
        json.serialize_field("revision", &*self.revision)?;
        json.serialize_field("execution_id", &*self.execution_id)?;
        json.serialize_field("method", &self.method)?;
        json.serialize_field("origin", &self.origin)?;
        json.serialize_field("path", &self.path)?;
        json.serialize_field("verdict", self.verdict.as_str())?;
        json.serialize_field("error", &error)?;
        json.serialize_field("denied", &denied)?;
        json.serialize_field("observed", &self.observed)?;
        json.serialize_field("rule", &self.rule.as_deref())?;
        json.serialize_field("address", &self.address)?;
        json.serialize_field("status", &self.status)?;
        json.serialize_field("bytes_out", &self.bytes_out)?;
        json.serialize_field("bytes_in", &self.bytes_in)?;
        json.serialize_field("elapsed_us", &elapsed)?;
        json.end()
    }
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::*;
    use crate::policy::Reason;

    fn event() -> EgressEvent {
        EgressEvent {
            time: UNIX_EPOCH + Duration::from_millis(1_769_860_800_250),
            node: "crm".into(),
            revision: Arc::new(RevisionId::new("sha256:00", 3, "0.1.0")),
            execution_id: "e1".into(),
            method: Cow::Borrowed("POST"),
            origin: "https://crm.example.com".into(),
            path: "/contacts".into(),
            verdict: Verdict::Answered,
            observed: None,
            rule: Some("POST https://crm.example.com/contacts".into()),
            address: Some(([198, 41, 0, 4], 443).into()),
            status: Some(201),
            bytes_out: 412,
            bytes_in: 23,
            elapsed: Duration::from_micros(81_250),
        }
    }

    fn denial() -> Denial {
        Denial {
            reason: Reason::NoRule,
            message: "POST https://b.example/ is not allowed: no rule matches.".into(),
            remedy: Some("POST https://b.example".into()),
        }
    }

    #[track_caller]
    fn check(event: &EgressEvent, json: &str) {
        assert_eq!(serde_json::to_string(event).unwrap(), json);
    }

    #[test]
    fn the_json_of_an_event_is_fixed() {
        check(
            &event(),
            "{\"time\":\"2026-01-31T12:00:00.250Z\",\"node\":\"crm\",\"revision\":{\"digest\":\"sha256:00\",\"generation\":3,\"version\":\"0.1.0\"},\"execution_id\":\"e1\",\
             \"method\":\"POST\",\"origin\":\"https://crm.example.com\",\"path\":\"/contacts\",\
             \"verdict\":\"answered\",\"error\":null,\"denied\":null,\"observed\":null,\
             \"rule\":\"POST https://crm.example.com/contacts\",\"address\":\"198.41.0.4:443\",\
             \"status\":201,\"bytes_out\":412,\"bytes_in\":23,\"elapsed_us\":81250}",
        );
        let nothing = EgressEvent {
            rule: None,
            address: None,
            status: None,
            bytes_out: 0,
            bytes_in: 0,
            elapsed: Duration::ZERO,
            ..event()
        };
        let start = "{\"time\":\"2026-01-31T12:00:00.250Z\",\"node\":\"crm\",\"revision\":{\"digest\":\"sha256:00\",\"generation\":3,\"version\":\"0.1.0\"},\
                     \"execution_id\":\"e1\",\"method\":\"POST\",\"origin\":\"https://crm.example.com\",\
                     \"path\":\"/contacts\",";
        let end = "\"rule\":null,\"address\":null,\"status\":null,\"bytes_out\":0,\"bytes_in\":0,\"elapsed_us\":0}";
        let why = "{\"reason\":\"no-rule\",\"message\":\"POST https://b.example/ is not allowed: no rule \
                   matches.\",\"remedy\":\"POST https://b.example\"}";
        let denied = EgressEvent {
            verdict: Verdict::Denied(denial()),
            ..nothing.clone()
        };
        let json =
            format!("\"verdict\":\"denied\",\"error\":null,\"denied\":{why},\"observed\":null,");
        check(&denied, &format!("{start}{json}{end}"));
        let observed = EgressEvent {
            verdict: Verdict::Failed(ErrorCase::Timeout),
            observed: Some(denial()),
            ..nothing
        };
        let json = format!(
            "\"verdict\":\"failed\",\"error\":\"timeout\",\"denied\":null,\"observed\":{why},"
        );
        check(&observed, &format!("{start}{json}{end}"));
    }

    #[test]
    fn a_denial_ends_with_the_line_that_helps() {
        assert_eq!(
            denial().to_string(),
            "POST https://b.example/ is not allowed: no rule matches. To allow it, add: POST https://b.example"
        );
        let hopeless = Denial {
            remedy: None,
            ..denial()
        };
        assert_eq!(hopeless.to_string(), hopeless.message);
    }
}
