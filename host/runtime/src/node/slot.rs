//! One name: which revision serves, and executions on it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwapOption;

use crate::context::Context;
use crate::event::tell;
use crate::execution::{self, Call, Places};
use crate::json::Json;
use crate::node::health::Finding;
use crate::node::lane::{Lane, Ticket};
use crate::node::ledger::Ledger;
use crate::node::{House, RollbackError};
use crate::outcome::Outcome;
use crate::swap::{Draining, HistoryEntry, How, NodeStatus, SwapKind};

/// The revision that serves now, and what is the node's whatever revision
/// serves. Replacing the revision is one atomic store: executions that run
/// stay on the one they began with.
pub(crate) struct Slot {
    name: Arc<str>,
    pub(super) serving: ArcSwapOption<Lane>,
    pub(super) places: Places,
    ledger: Mutex<Ledger>,
}

impl Slot {
    pub(crate) fn new(name: Arc<str>) -> Slot {
        Slot {
            name,
            serving: ArcSwapOption::empty(),
            places: Places::new(),
            ledger: Mutex::default(),
        }
    }

    pub(crate) fn name(&self) -> &Arc<str> {
        &self.name
    }

    /// The lane that serves, if the node was not removed.
    pub(crate) fn serving(&self) -> Option<Arc<Lane>> {
        self.serving.load_full()
    }

    /// Held for a publish and for a look, never while anything runs.
    pub(super) fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins an execution on the revision that serves.
    pub(crate) fn enter(&self) -> Option<Ticket> {
        loop {
            // Whoever retires a lane has stored the next one before.
            if let Some(ticket) = self.serving.load().as_ref()?.enter() {
                return Some(ticket);
            }
        }
    }

    /// Runs the node on the revision that it began with.
    pub(crate) async fn execute(
        &self,
        house: &House,
        ticket: Ticket,
        payload: &Json,
        context: &Context,
    ) -> Outcome {
        let lane = ticket.lane();
        let call = Call {
            engine: &house.engine,
            revision: &lane.revision,
            payload,
            context,
            places: Some(&self.places),
            running: &lane.running,
        };
        let outcome = match lane.health.enter() {
            Ok(probe) => {
                let outcome = execution::execute(call).await;
                self.judge(house, lane, &outcome, probe.is_some());
                outcome
            }
            Err(fault) => execution::not_begun(call, fault),
        };
        tell(|| house.observer.executed(&outcome));
        outcome
    }

    /// Does what has to be done when a node keeps breaking.
    fn judge(&self, house: &House, lane: &Arc<Lane>, outcome: &Outcome, probe: bool) {
        let limits = &lane.revision.admitted.limits;
        match lane.health.saw(outcome, limits, probe) {
            Finding::Fine => {}
            Finding::Burst { reason, new } => {
                let back = |reason| self.rollback(house, None, Some(lane), reason);
                match new.then(|| back(reason.clone())) {
                    Some(Ok(_) | Err(RollbackError::Superseded { .. })) => {}
                    _ => self.set_aside(house, lane, reason),
                }
            }
            Finding::Recovered => {
                self.ledger().note(lane, How::Recovered, String::new());
                house.tell(&self.name, &lane.revision.id, SwapKind::Recovered);
            }
        }
    }

    fn set_aside(&self, house: &House, lane: &Arc<Lane>, reason: String) {
        let Some(rest) = lane.health.set_aside() else {
            return;
        };
        let how = How::Quarantined {
            reason: reason.clone(),
        };
        self.ledger().note(lane, how, String::new());
        let kind = SwapKind::Quarantined {
            reason,
            retry_after_ms: millis(rest),
        };
        house.tell(&self.name, &lane.revision.id, kind);
    }

    /// What has served here, oldest first.
    pub(crate) fn history(&self) -> Vec<HistoryEntry> {
        self.ledger().history(self.serving().as_ref())
    }

    /// How the node is now, if anything serves.
    pub(crate) fn status(&self) -> Option<NodeStatus> {
        let serving = self.serving()?;
        let admitted = &serving.revision.admitted;
        let draining = self.ledger().old(Some(&serving));
        let (executions, faults) = serving.health.counts();
        Some(NodeStatus {
            node: Arc::clone(&self.name),
            revision: Arc::clone(&serving.revision.id),
            description: admitted.description.clone(),
            policy: admitted.policy.hash(),
            running: serving.running.count(),
            executions,
            faults,
            quarantined_ms: serving.health.rest().map(millis),
            waiting: self.places.waiting(),
            draining: draining
                .iter()
                .map(|lane| Draining {
                    revision: Arc::clone(&lane.revision.id),
                    running: lane.running.count(),
                })
                .filter(|draining| draining.running > 0)
                .collect(),
        })
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
