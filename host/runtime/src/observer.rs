//! What a host can watch.

use std::num::NonZeroU64;
use std::sync::Arc;

use hospes_egress::EgressEvent;

use crate::outcome::Outcome;
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

/// An observer that the host keeps too.
impl<T: Observer + ?Sized> Observer for Arc<T> {
    fn egress(&self, event: &EgressEvent) {
        (**self).egress(event);
    }

    fn swap(&self, event: &SwapEvent) {
        (**self).swap(event);
    }

    fn span_id(&self, span: &tracing::Span) -> Option<NonZeroU64> {
        (**self).span_id(span)
    }

    fn executed(&self, outcome: &Outcome) {
        (**self).executed(outcome);
    }
}

/// The observer of a host that does not watch.
pub(crate) struct Unobserved;

impl Observer for Unobserved {}

/// An observer as a gate knows it: it is told of requests.
pub(crate) struct Requests(pub(crate) Arc<dyn Observer>);

impl hospes_egress::Observer for Requests {
    fn egress(&self, event: &EgressEvent) {
        self.0.egress(event);
    }

    fn span_id(&self, span: &tracing::Span) -> Option<NonZeroU64> {
        self.0.span_id(span)
    }
}
