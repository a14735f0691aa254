//! One published revision and the executions on it.

use std::sync::Arc;

use hospes_egress::shares::Stake;
use hospes_egress::tell;

use crate::execution::{Pace, Running};
use crate::node::House;
use crate::node::health::Health;
use crate::observer::Observer;
use crate::protection::Protection;
use crate::revision::Revision;
use crate::swap::{SwapEvent, SwapKind};

/// A published revision. It lives as long as it serves or an execution runs on
/// it, and its connections with it.
pub(crate) struct Lane {
    pub(crate) revision: Revision,
    pub(crate) running: Running,
    pub(crate) health: Health,
    pub(crate) pace: Pace,
    /// What its node has of what all nodes share.
    pub(crate) stake: Arc<Stake>,
    observer: Arc<dyn Observer>,
}

impl Lane {
    /// `new` tells whether the revision has not served before.
    pub(super) fn new(
        revision: Revision,
        protection: Option<Protection>,
        new: bool,
        stake: Arc<Stake>,
        house: &House,
    ) -> Arc<Lane> {
        Arc::new(Lane {
            health: Health::new(protection, new),
            revision,
            running: Running::default(),
            pace: Pace::default(),
            stake,
            observer: Arc::clone(&house.observer),
        })
    }

    /// Begins an execution; not if the revision no longer serves.
    pub(crate) fn enter(self: &Arc<Lane>) -> Option<Ticket> {
        self.running.enter().then(|| Ticket(Arc::clone(self)))
    }
}

impl Drop for Lane {
    fn drop(&mut self) {
        let (node, id) = (&self.revision.admitted.node, &self.revision.id);
        tell(|| {
            let event = SwapEvent::new(node, id, SwapKind::Freed);
            self.observer.swap(&event);
        });
    }
}

/// One execution on a lane, counted for as long as it lives.
pub(crate) struct Ticket(Arc<Lane>);

impl Ticket {
    pub(crate) fn lane(&self) -> &Arc<Lane> {
        &self.0
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        self.0.running.leave();
    }
}
