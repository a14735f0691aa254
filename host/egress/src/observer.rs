//! Observers of requests.

use std::num::NonZeroU64;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::event::EgressEvent;

/// Watches a gate. Called on the thread that does the work, so it must be fast.
pub trait Observer: Send + Sync {
    /// A request was refused, or was allowed and has ended. Called exactly once
    /// for each request, even if its future is dropped.
    fn egress(&self, event: &EgressEvent);

    /// The id that a tracing system has given the span of a request. Called
    /// where the gate [propagates traces](crate::Gate::propagating): the
    /// upstream then sees that span as its parent. The default is `None`; the
    /// request then gets a random id.
    fn span_id(&self, span: &tracing::Span) -> Option<NonZeroU64> {
        let _ = span;
        None
    }
}

/// Calls an observer or a listener, and contains its panics.
pub fn tell(tell: impl FnOnce()) {
    let _ = catch_unwind(AssertUnwindSafe(tell));
}
