//! One event for each request, whatever becomes of it.

use std::borrow::Cow;
use std::num::NonZeroU64;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use tracing::Span;
use tracing::field::Empty;

use crate::event::{EgressEvent, RevisionId, Verdict};
use crate::observer::{Observer, tell};
use crate::policy::Denial;
use crate::response::Response;
use crate::send_error::SendError;

/// Collects what is known of a request and tells the observer when it ends:
/// exactly once, because dropping it is what tells. A request that is given up
/// half-way, with its future dropped, is recorded as `cancelled`.
pub(crate) struct Record<'a> {
    observer: &'a dyn Observer,
    started: Instant,
    pub(crate) event: EgressEvent,
    /// The same for whoever traces.
    pub(crate) span: Span,
    replayed: bool,
}

impl<'a> Record<'a> {
    pub(crate) fn new(
        observer: &'a dyn Observer,
        started: Instant,
        node: Arc<str>,
        revision: Arc<RevisionId>,
        execution_id: Arc<str>,
    ) -> Record<'a> {
        let event = EgressEvent {
            time: SystemTime::now(),
            node,
            revision,
            execution_id,
            method: Cow::Borrowed(""),
            origin: String::new(),
            path: String::new(),
            verdict: Verdict::Failed("cancelled"),
            observed: None,
            rule: None,
            address: None,
            status: None,
            bytes_out: 0,
            bytes_in: 0,
            elapsed: Duration::ZERO,
        };
        Record {
            observer,
            started,
            event,
            span: tracing::info_span!(
                "egress",
                // Who the request goes to is another service, to whoever draws a map of them.
                otel.kind = "client",
                method = Empty,
                origin = Empty,
                path = Empty,
                verdict = Empty,
                status = Empty
            ),
            replayed: false,
        }
    }

    /// The id of its span, if the observer knows one.
    pub(crate) fn span_id(&self) -> Option<NonZeroU64> {
        let mut id = None;
        tell(|| id = self.observer.span_id(&self.span));
        id
    }

    /// Notes a refusal and turns it into what the node is told.
    pub(crate) fn refuse(&mut self, refusal: Denial) -> SendError {
        let error = SendError::of_denial(&refusal);
        self.event.verdict = Verdict::Denied(refusal);
        // It did not pass after all.
        self.event.observed = None;
        error
    }

    /// Notes that nothing is sent, and what another execution got answers.
    pub(crate) fn replayed(&mut self) {
        self.replayed = true;
    }

    pub(crate) fn is_denied(&self) -> bool {
        matches!(self.event.verdict, Verdict::Denied(_))
    }

    /// Notes how it ended; a refusal has been noted already.
    pub(crate) fn end(&mut self, result: &Result<Response, SendError>) {
        match result {
            Ok(_) if self.replayed => self.event.verdict = Verdict::Replayed,
            Ok(_) => self.event.verdict = Verdict::Answered,
            Err(error) if !self.is_denied() => {
                self.event.verdict = Verdict::Failed(error.case());
            }
            Err(_) => {}
        }
    }
}

impl Drop for Record<'_> {
    fn drop(&mut self) {
        self.event.elapsed = self.started.elapsed();
        if !self.span.is_disabled() {
            let event = &self.event;
            self.span.record("method", &*event.method);
            self.span.record("origin", &*event.origin);
            self.span.record("path", &*event.path);
            self.span.record("verdict", event.verdict.as_str());
            // Collectors know signed numbers only.
            self.span.record("status", event.status.map(i64::from));
        }
        tell(|| self.observer.egress(&self.event));
    }
}
