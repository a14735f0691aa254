//! Who is told what became of each request.

use std::num::NonZeroU64;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::event::EgressEvent;

/// Watches a gate. Called on the thread that does the work, so it must be quick.
pub trait Observer: Send + Sync {
    /// A request was decided about, and, if it was allowed, has ended. Told
    /// exactly once for each, also if whoever waits for it gives up.
    fn egress(&self, event: &EgressEvent);

    /// The id that a tracing system has given the span of a request, asked where
    /// the gate [propagates traces](crate::Gate::propagating): the upstream then
    /// sees that span as its parent. Without one, which is the default, the
    /// request gets a random id.
    fn span_id(&self, span: &tracing::Span) -> Option<NonZeroU64> {
        let _ = span;
        None
    }
}

/// Tells an observer or a listener something. What a host does with it is
/// nobody's fault but its own: a panic of its ends here.
pub fn tell(tell: impl FnOnce()) {
    let _ = catch_unwind(AssertUnwindSafe(tell));
}
