//! One name: which revision serves, and executions on it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arc_swap::ArcSwapOption;

use crate::context::Context;
use crate::event::tell;
use crate::execution::{self, Call, Places};
use crate::json::Json;
use crate::node::House;
use crate::node::lane::{Lane, Ticket};
use crate::node::ledger::Ledger;
use crate::outcome::Outcome;
use crate::swap::{Draining, HistoryEntry, NodeStatus};

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
        let outcome = execution::execute(call).await;
        tell(|| house.observer.executed(&outcome));
        outcome
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
        Some(NodeStatus {
            node: Arc::clone(&self.name),
            revision: Arc::clone(&serving.revision.id),
            description: admitted.description.clone(),
            policy: admitted.policy.hash(),
            running: serving.running.count(),
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
