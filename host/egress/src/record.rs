//! One event for each request, however it ends.

use std::borrow::Cow;
use std::num::NonZeroU64;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use tracing::Span;
use tracing::field::Empty;

use crate::event::{EgressEvent, ErrorCase, RevisionId, Verdict};
use crate::observer::{Observer, tell};
use crate::policy::Denial;
use crate::response::Response;
use crate::send_error::SendError;

/// Collects what is known about a request and tells the observer when it ends.
/// Dropping the record does that, so it happens exactly once. A request whose
/// future is dropped half-way is recorded as `cancelled`.
pub(crate) struct Record<'a> {
    observer: &'a dyn Observer,
    started: Instant,
    pub(crate) event: EgressEvent,
    /// The same data for tracing.
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
            verdict: Verdict::Failed(ErrorCase::Cancelled),
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
                // Tracing tools draw the target of the request as another
                // service.
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

    /// Notes a refusal and turns it into the node's error.
    pub(crate) fn refuse(&mut self, refusal: Denial) -> SendError {
        let error = SendError::of_denial(&refusal);
        self.event.verdict = Verdict::Denied(refusal);
        // The request did not pass after all.
        self.event.observed = None;
        error
    }

    /// Notes that nothing is sent, and that a recorded response is returned.
    pub(crate) fn replayed(&mut self) {
        self.replayed = true;
    }

    pub(crate) fn is_denied(&self) -> bool {
        matches!(self.event.verdict, Verdict::Denied(_))
    }

    /// Notes how the request ended; a refusal has been noted already.
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
            // Collectors only support signed numbers.
            self.span.record("status", event.status.map(i64::from));
        }
        tell(|| self.observer.egress(&self.event));
    }
}
