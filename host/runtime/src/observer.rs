//! Observers of a runtime.

use std::num::NonZeroU64;
use std::sync::Arc;

use hospes_egress::EgressEvent;

use crate::outcome::Outcome;
use crate::swap::SwapEvent;

/// Watches the runtime. Called on the thread that does the work, so it must be
/// fast. No event of a request holds a secret, a header, a body or a query.
/// Every method does nothing by default.
pub trait Observer: Send + Sync {
    /// A request was refused, or was allowed and has ended.
    fn egress(&self, event: &EgressEvent) {
        let _ = event;
    }

    /// The state of a revision has changed: published, refused, freed and so
    /// on.
    fn swap(&self, event: &SwapEvent) {
        let _ = event;
    }

    /// The id that a tracing system has given the span of a request. Called
    /// where the request [carries a
    /// trace](crate::RuntimeBuilder::propagate_trace): the upstream then sees
    /// that span as its parent. The default is `None`; the request then gets a
    /// random id.
    fn span_id(&self, span: &tracing::Span) -> Option<NonZeroU64> {
        let _ = span;
        None
    }

    /// An execution has ended, with any outcome. Not called for one that its
    /// caller dropped.
    fn executed(&self, outcome: &Outcome) {
        let _ = outcome;
    }
}

/// For observers that the host keeps as well.
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

/// The observer of a host that sets none.
pub(crate) struct Unobserved;

impl Observer for Unobserved {}

/// Passes a gate's events on to an observer.
pub(crate) struct Requests(pub(crate) Arc<dyn Observer>);

impl hospes_egress::Observer for Requests {
    fn egress(&self, event: &EgressEvent) {
        self.0.egress(event);
    }

    fn span_id(&self, span: &tracing::Span) -> Option<NonZeroU64> {
        self.0.span_id(span)
    }
}
