//! What the server sees of its nodes' requests: the audit log, and denials in
//! the log.

use std::num::NonZeroU64;
use std::sync::Arc;

use hospes::{Denial, EgressEvent, Observer, SwapEvent, SwapKind, Verdict};

use super::metrics::Metrics;
use super::span;
use crate::audit::Audit;

/// Watches the runtime.
pub(super) struct Watch {
    pub(super) audit: Option<Audit>,
    pub(super) metrics: Arc<Metrics>,
}

impl Observer for Watch {
    fn egress(&self, event: &EgressEvent) {
        self.metrics.egress(event);
        if let Some(audit) = &self.audit {
            audit.write(event);
        }
        match (&event.verdict, &event.observed) {
            (Verdict::Denied(denial), _) => report("denied", denial, event),
            (_, Some(denial)) => report("observed", denial, event),
            _ => {}
        }
    }

    fn span_id(&self, span: &tracing::Span) -> Option<NonZeroU64> {
        span::id(span)
    }

    fn swap(&self, event: &SwapEvent) {
        let (what, detail) = match &event.kind {
            SwapKind::Published { how, .. } => ("published", how.to_string()),
            SwapKind::Refused { error } => ("refused", error.clone()),
            SwapKind::Held { changes } => ("held", changes.wider.join("; ")),
            SwapKind::Superseded { by } => ("superseded", format!("by generation {by}")),
            SwapKind::Removed => ("removed", String::new()),
            SwapKind::Freed => ("freed", String::new()),
            _ => ("changed", String::new()),
        };
        self.metrics.swapped(&event.node, what);
        tracing::info!(
            target: "hospes::swap",
            node = &*event.node,
            generation = event.revision.generation,
            digest = event.revision.digest,
            detail,
            "{what}"
        );
    }
}

fn report(verdict: &str, denial: &Denial, event: &EgressEvent) {
    tracing::warn!(
        target: "hospes::egress",
        verdict,
        reason = denial.reason,
        message = denial.message,
        remedy = denial.remedy,
        node = &*event.node,
        generation = event.revision.generation,
        execution_id = &*event.execution_id,
    );
}
