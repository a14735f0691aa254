//! What a host can watch: one event for each decision about a request.

use std::borrow::Cow;
use std::fmt;
use std::net::SocketAddr;
use std::num::NonZeroU64;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::ser::{Serialize, SerializeStruct, Serializer};

use crate::outcome::{Outcome, RevisionId};
use crate::swap::SwapEvent;

/// Watches the runtime. Called on the thread that does the work, so it must
/// be quick. No event of a request holds a secret, a header, a body or a query.
pub trait Observer: Send + Sync {
    /// A request was decided about, and, if it was allowed, has ended.
    fn egress(&self, event: &EgressEvent) {
        let _ = event;
    }

    /// Something happened to a revision: it was published, refused, freed.
    fn swap(&self, event: &SwapEvent) {
        let _ = event;
    }

    /// The id that a tracing system has given the span of a request, asked
    /// where the request [carries a trace](crate::RuntimeBuilder::propagate_trace):
    /// the upstream then sees that span as its parent. Without one, which is the
    /// default, the request gets a random id.
    fn span_id(&self, span: &tracing::Span) -> Option<NonZeroU64> {
        let _ = span;
        None
    }

    /// An execution has ended, whatever came of it. One that its caller dropped
    /// is not told.
    fn executed(&self, outcome: &Outcome) {
        let _ = outcome;
    }
}

/// Tells an observer or a listener something. What a host does with it is
/// nobody's fault but its own: a panic of its ends here.
pub(crate) fn tell(tell: impl FnOnce()) {
    let _ = catch_unwind(AssertUnwindSafe(tell));
}

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
/// `verdict` is `answered`, `replayed`, `failed` or `denied`. `error` is the word of a
/// failure. `denied` is there if the request was denied, `observed` if it would
/// have been, but for a policy that only observes; both are
/// `{"reason": "no-rule", "message": "...", "remedy": "POST https://..." or null}`.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct EgressEvent {
    /// When the node asked.
    pub time: SystemTime,
    /// The node that asked.
    pub node: Arc<str>,
    /// Its revision.
    pub revision: Arc<RevisionId>,
    /// The execution that asked.
    pub execution_id: Arc<str>,
    /// Such as `POST`; escaped and cut if the node sent something else.
    pub method: Cow<'static, str>,
    /// `scheme://host[:port]`, or nothing if the URL did not parse.
    pub origin: String,
    /// The path without its query.
    pub path: String,
    /// What came of it.
    pub verdict: Verdict,
    /// Why no rule allows it, if the policy let it pass only because it
    /// [observes](crate::Policy::observing).
    pub observed: Option<Denial>,
    /// The rule that matched, as the operator wrote it.
    pub rule: Option<Arc<str>>,
    /// The judged address that the connection may use first.
    pub address: Option<SocketAddr>,
    /// The answer's status.
    pub status: Option<u16>,
    /// Bytes of the request body.
    pub bytes_out: u64,
    /// Bytes of the response body.
    pub bytes_in: u64,
    /// From the guest's call to the answer.
    pub elapsed: Duration,
}

/// What came of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Verdict {
    /// Allowed, sent and answered.
    Answered,
    /// Allowed and not sent: it is a write of a shadow, answered with what the
    /// serving revision got for it.
    Replayed,
    /// Not refused, but there was no usable answer; holds the case of
    /// `hospes:node/http.error`, or `cancelled` if the execution ended first.
    Failed(&'static str),
    /// Refused, nothing was sent.
    Denied(Denial),
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

/// Why a policy denies a request. For the operator: a node gets the word only.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Denial {
    /// The stable word, one of [`Reason::ALL`](crate::Reason::ALL).
    pub reason: &'static str,
    /// What happened.
    pub message: String,
    /// The rule that would allow the request, if there is one.
    pub remedy: Option<String>,
}

/// What happened, and the rule that would allow it.
impl fmt::Display for Denial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        show(f, &self.message, self.remedy.as_deref())
    }
}

/// Writes a sentence, and the one line that would help if there is one.
pub(crate) fn show(f: &mut fmt::Formatter<'_>, message: &str, remedy: Option<&str>) -> fmt::Result {
    f.write_str(message)?;
    match remedy {
        Some(line) => write!(f, " To allow it, add: {line}"),
        None => Ok(()),
    }
}

impl Serialize for EgressEvent {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (error, denied) = match &self.verdict {
            Verdict::Answered | Verdict::Replayed => (None, None),
            Verdict::Failed(error) => (Some(error), None),
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

impl Serialize for Denial {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut json = serializer.serialize_struct("Denial", 3)?;
        json.serialize_field("reason", self.reason)?;
        json.serialize_field("message", &self.message)?;
        json.serialize_field("remedy", &self.remedy)?;
        json.end()
    }
}

/// For fields of events.
pub(crate) fn as_rfc3339<S: Serializer>(
    time: &SystemTime,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&rfc3339(*time))
}

/// `2026-01-31T12:00:00.250Z`; a clock that stands before 1970 is taken for 1970.
fn rfc3339(time: SystemTime) -> String {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    let (days, second) = (since.as_secs() / 86_400, since.as_secs() % 86_400);
    // Years that begin in March have their leap day at the end, and repeat
    // after 400 years of 146 097 days.
    let shifted = days + 719_468;
    let (era, day) = (shifted / 146_097, shifted % 146_097);
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let (month, next) = if month < 10 {
        (month + 3, 0)
    } else {
        (month - 9, 1)
    };
    let year = era * 400 + year + next;
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    let milli = since.subsec_millis();
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{milli:03}Z")
}

/// The observer of a host that does not watch.
pub(crate) struct Unobserved;

impl Observer for Unobserved {}

#[cfg(test)]
mod tests {
    use super::*;

    fn event() -> EgressEvent {
        EgressEvent {
            time: UNIX_EPOCH + Duration::from_millis(1_769_860_800_250),
            node: "crm".into(),
            revision: Arc::new(RevisionId {
                digest: "sha256:00".to_owned(),
                generation: 3,
                version: "0.1.0".to_owned(),
            }),
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
            reason: "no-rule",
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
            verdict: Verdict::Failed("timeout"),
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

    #[test]
    fn times_are_those_of_the_calendar() {
        for (seconds, text) in [
            (0, "1970-01-01T00:00:00.000Z"),
            (951_782_399, "2000-02-28T23:59:59.000Z"),
            (951_782_400, "2000-02-29T00:00:00.000Z"),
            (951_868_800, "2000-03-01T00:00:00.000Z"),
            (1_767_225_599, "2025-12-31T23:59:59.000Z"),
            (1_767_225_600, "2026-01-01T00:00:00.000Z"),
            (4_107_542_400, "2100-03-01T00:00:00.000Z"),
        ] {
            assert_eq!(rfc3339(UNIX_EPOCH + Duration::from_secs(seconds)), text);
        }
        assert_eq!(
            rfc3339(UNIX_EPOCH - Duration::from_secs(1)),
            "1970-01-01T00:00:00.000Z"
        );
    }
}
