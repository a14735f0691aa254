//! The server's observer of its runtime: the audit log, and log lines for
//! denials and changes.

use std::fmt;
use std::num::NonZeroU64;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};

use hospes::Observer;
use hospes::egress::{EgressEvent, Verdict};
use hospes::policy::Denial;
use hospes::swap::{SwapEvent, SwapKind};

use crate::audit::AuditLog;
use crate::metrics::Metrics;
use crate::telemetry::span;

/// Observes a runtime for the server: counts, writes the log and the audit log,
/// and tells the upkeep what has changed. Give it to
/// [`RuntimeBuilder::observer`](hospes::RuntimeBuilder::observer) and to
/// [`ServerState::builder`](crate::ServerState::builder).
pub struct ServerObserver {
    audit: Option<AuditLog>,
    metrics: Arc<Metrics>,
    /// Sends the names of nodes that have changed.
    changed: Sender<Arc<str>>,
    /// Receives them, until it is taken.
    changes: Mutex<Option<Receiver<Arc<str>>>>,
}

impl fmt::Debug for ServerObserver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServerObserver").finish_non_exhaustive()
    }
}

impl ServerObserver {
    /// An observer that writes this audit log, if there is one.
    pub fn new(audit: Option<AuditLog>) -> Arc<ServerObserver> {
        ServerObserver::counting(audit, Metrics::new(Vec::new()))
    }

    pub(crate) fn counting(audit: Option<AuditLog>, metrics: Metrics) -> Arc<ServerObserver> {
        let (changed, changes) = channel();
        Arc::new(ServerObserver {
            audit,
            metrics: Arc::new(metrics),
            changed,
            changes: Mutex::new(Some(changes)),
        })
    }

    pub(crate) fn metrics(&self) -> Arc<Metrics> {
        Arc::clone(&self.metrics)
    }

    /// The names of nodes that change. None from the second call on.
    pub(crate) fn changes(&self) -> Option<Receiver<Arc<str>>> {
        let mut changes = self.changes.lock().unwrap_or_else(PoisonError::into_inner);
        changes.take()
    }
}

impl Observer for ServerObserver {
    fn egress(&self, event: &EgressEvent) {
        self.metrics.egress(event);
        if let Some(audit) = &self.audit
            && let Err(error) = audit.write(event)
        {
            tracing::error!(target: "hospes::egress", %error, "the audit log lacks a record");
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
        let changes = match &event.kind {
            SwapKind::Published { changes, .. } => {
                changes.to_string().lines().collect::<Vec<_>>().join("; ")
            }
            _ => String::new(),
        };
        let (what, detail) = match &event.kind {
            SwapKind::Published { how, .. } => ("published", how.to_string()),
            SwapKind::Refused { error } => ("refused", error.clone()),
            SwapKind::Held { changes } => {
                ("held", changes.to_approve().collect::<Vec<_>>().join("; "))
            }
            SwapKind::Superseded { by } => ("superseded", format!("by generation {by}")),
            SwapKind::Removed => ("removed", String::new()),
            SwapKind::Freed => ("freed", String::new()),
            SwapKind::Quarantined { reason, .. } => ("quarantined", reason.clone()),
            SwapKind::Recovered => ("recovered", String::new()),
            SwapKind::Aborted { reason } => ("aborted", reason.clone()),
            SwapKind::Differs {
                served, shadow, at, ..
            } => ("differs", difference(served, shadow, at.as_deref())),
            _ => ("changed", String::new()),
        };
        if !matches!(event.kind, SwapKind::Differs { .. }) {
            self.metrics.swapped(&event.node, what);
        }
        tracing::info!(
            target: "hospes::swap",
            node = &*event.node,
            generation = event.revision.generation,
            digest = event.revision.digest,
            detail,
            changes,
            "{what}"
        );
        if matches!(
            event.kind,
            SwapKind::Published { .. } | SwapKind::Aborted { .. }
        ) {
            // There is no receiver when the server has ended.
            _ = self.changed.send(Arc::clone(&event.node));
        }
    }
}

/// `success, and the shadow rate-limited`, or where two results differ.
fn difference(served: &str, shadow: &str, at: Option<&str>) -> String {
    match at {
        Some("") => "the results differ".to_owned(),
        Some(at) => format!("the results differ at {at}"),
        None => format!("{served}, and the shadow {shadow}"),
    }
}

fn report(verdict: &str, denial: &Denial, event: &EgressEvent) {
    tracing::warn!(
        target: "hospes::egress",
        verdict,
        reason = denial.reason.as_str(),
        message = denial.message,
        remedy = denial.remedy,
        node = &*event.node,
        generation = event.revision.generation,
        execution_id = &*event.execution_id,
    );
}
