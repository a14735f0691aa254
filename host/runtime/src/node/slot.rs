//! One name: which revision serves, and executions on it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arc_swap::ArcSwapOption;
use hospes_egress::semaphore::ResizableSemaphore;
use hospes_egress::shares::Stake;

use crate::context::Context;
use crate::execution::ExecutionQueue;
use crate::json::Json;
use crate::limits::{Limits, millis};
use crate::node::Shared;
use crate::node::callers::{Caller, Callers};
use crate::node::history::RevisionHistory;
use crate::node::live::LiveRevision;
use crate::node::serving::Serving;
use crate::swap::{Draining, HistoryEntry, NodeStatus};

/// The revision that serves now, and what is the node's whatever revision
/// serves. Replacing the revision is one atomic store: executions that run
/// stay on the one they began with.
pub(crate) struct Slot {
    name: Arc<str>,
    pub(super) serving: ArcSwapOption<Serving>,
    pub(super) places: ExecutionQueue,
    requests: Arc<ResizableSemaphore>,
    pub(super) callers: Callers,
    history: Mutex<RevisionHistory>,
}

impl Slot {
    pub(crate) fn new(name: Arc<str>) -> Slot {
        Slot {
            name,
            serving: ArcSwapOption::empty(),
            places: ExecutionQueue::new(),
            requests: Arc::new(ResizableSemaphore::new(0)),
            callers: Callers::default(),
            history: Mutex::default(),
        }
    }

    pub(crate) fn name(&self) -> &Arc<str> {
        &self.name
    }

    /// The permits of the node's requests, whatever revision sends them.
    pub(super) fn requests(&self) -> Arc<ResizableSemaphore> {
        Arc::clone(&self.requests)
    }

    /// Gives executions and requests the room that these limits say.
    pub(super) fn resize(&self, limits: &Limits) {
        self.places.resize(limits);
        self.requests.resize(limits.egress.node_requests_in_flight);
    }

    /// What serves, if the node was not removed.
    pub(super) fn state(&self) -> Option<Arc<Serving>> {
        self.serving.load_full()
    }

    /// The live revision that serves.
    pub(crate) fn serving(&self) -> Option<Arc<LiveRevision>> {
        let serving = self.serving.load();
        Some(Arc::clone(&serving.as_ref()?.live))
    }

    /// Held for a publish and for a look, never while anything runs.
    pub(super) fn revisions(&self) -> MutexGuard<'_, RevisionHistory> {
        self.history.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What the node has of what all nodes share: the same, whatever serves.
    pub(super) fn stake(&self, shared: &Shared) -> Arc<Stake> {
        match self.serving() {
            Some(live) => Arc::clone(&live.stake),
            None => shared.engine.shares().stake(),
        }
    }

    /// Who called.
    pub(super) fn caller<'a>(&'a self, context: &'a Context, payload: &'a Json) -> Caller<'a> {
        Caller {
            callers: &self.callers,
            context,
            payload,
        }
    }

    /// What has served here, oldest first.
    pub(crate) fn history(&self) -> Vec<HistoryEntry> {
        // In this order: what is dropped last is told to the observer, and the
        // lock is free again by then.
        let (state, mut seen) = (self.state(), Vec::new());
        self.revisions().history(state.as_deref(), &mut seen)
    }

    /// The live revisions on which no execution begins any more and that still live.
    pub(super) fn old(&self, serving: Option<&Serving>) -> Vec<Arc<LiveRevision>> {
        let mut live = self.revisions().live();
        live.retain(|live| !serving.is_some_and(|serving| serving.has(live)));
        live
    }

    /// How the node is now, if anything serves.
    pub(crate) fn status(&self) -> Option<NodeStatus> {
        let state = self.state()?;
        let serving = &state.live;
        let admitted = &serving.revision.admitted;
        let draining = self.old(Some(&state));
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
            trial: state.trial.as_ref().map(|trial| trial.status()),
            draining: draining
                .iter()
                .map(|live| Draining {
                    revision: Arc::clone(&live.revision.id),
                    running: live.running.count(),
                })
                .filter(|draining| draining.running > 0)
                .collect(),
        })
    }
}
