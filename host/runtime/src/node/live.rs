//! One published revision and the executions on it.

use std::sync::Arc;

use hospes_egress::shares::Stake;
use hospes_egress::tell;

use crate::execution::{ExecutionTracker, Pace};
use crate::node::Shared;
use crate::node::health::Health;
use crate::observer::Observer;
use crate::protection::Protection;
use crate::revision::Revision;
use crate::swap::{SwapEvent, SwapKind};

/// A published revision. It and its connections live while it serves or an
/// execution runs on it.
pub(crate) struct LiveRevision {
    pub(crate) revision: Revision,
    pub(crate) running: ExecutionTracker,
    pub(crate) health: Health,
    pub(crate) pace: Pace,
    /// The node's share of the resources that all nodes share.
    pub(crate) stake: Arc<Stake>,
    observer: Arc<dyn Observer>,
}

impl LiveRevision {
    /// `new` tells whether the revision has not served before.
    pub(super) fn new(
        revision: Revision,
        protection: Option<Protection>,
        new: bool,
        stake: Arc<Stake>,
        shared: &Shared,
    ) -> Arc<LiveRevision> {
        Arc::new(LiveRevision {
            health: Health::new(protection, new),
            revision,
            running: ExecutionTracker::default(),
            pace: Pace::default(),
            stake,
            observer: Arc::clone(&shared.observer),
        })
    }

    /// Begins an execution; `None` if the revision no longer serves.
    pub(crate) fn enter(self: &Arc<LiveRevision>) -> Option<Ticket> {
        self.running.enter().then(|| Ticket(Arc::clone(self)))
    }
}

impl Drop for LiveRevision {
    fn drop(&mut self) {
        let (node, id) = (&self.revision.admitted.node, &self.revision.id);
        tell(|| {
            let event = SwapEvent::new(node, id, SwapKind::Freed);
            self.observer.swap(&event);
        });
    }
}

/// One execution on a live revision, counted until it is dropped.
pub(crate) struct Ticket(Arc<LiveRevision>);

impl Ticket {
    pub(crate) fn live(&self) -> &Arc<LiveRevision> {
        &self.0
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        self.0.running.leave();
    }
}
