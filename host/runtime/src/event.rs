//! What a host can watch: one event for each decision about a request.

use std::borrow::Cow;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

/// Watches the runtime. Called on the thread that does the work, so it must
/// be quick; it never sees a secret, a header, a body or a query.
pub trait Observer: Send + Sync {
    /// A request was decided about, and, if it was allowed, has ended.
    fn egress(&self, event: &EgressEvent) {
        let _ = event;
    }
}

/// One request as the gate saw it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct EgressEvent {
    /// The node that asked.
    pub node: Arc<str>,
    /// The revision's generation.
    pub generation: u64,
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
    /// Not refused, but there was no usable answer; holds the case of
    /// `hospes:node/http.error`, or `cancelled` if the execution ended first.
    Failed(&'static str),
    /// Refused, nothing was sent.
    Denied {
        /// The stable word, one of [`Reason::ALL`](crate::Reason::ALL).
        reason: &'static str,
        /// What happened, and the one line that would allow the request, for the operator only.
        message: String,
    },
}

/// The observer of a host that does not watch.
pub(crate) struct Unobserved;

impl Observer for Unobserved {}
