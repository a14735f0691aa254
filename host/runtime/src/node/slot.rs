//! One name: the revision that serves, and executions on it.

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

/// The revision that serves now, and the state that the node keeps across
/// revisions. Replacing the revision is one atomic store: running executions
/// stay on the revision on which they began.
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

    /// The permits of the node's requests, whichever revision sends them.
    pub(super) fn requests(&self) -> Arc<ResizableSemaphore> {
        Arc::clone(&self.requests)
    }

    /// Sets the numbers of permits for executions and requests to these limits.
    pub(super) fn resize(&self, limits: &Limits) {
        self.places.resize(limits);
        self.requests.resize(limits.egress.node_requests_in_flight);
    }

    /// What serves, unless the node was removed.
    pub(super) fn state(&self) -> Option<Arc<Serving>> {
        self.serving.load_full()
    }

    /// The live revision that serves.
    pub(crate) fn serving(&self) -> Option<Arc<LiveRevision>> {
        let serving = self.serving.load();
        Some(Arc::clone(&serving.as_ref()?.live))
    }

    /// Locks the history, for publishing and reading; never held while a node
    /// runs.
    pub(super) fn revisions(&self) -> MutexGuard<'_, RevisionHistory> {
        self.history.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The node's share of the shared resources, the same for every revision.
    pub(super) fn stake(&self, shared: &Shared) -> Arc<Stake> {
        match self.serving() {
            Some(live) => Arc::clone(&live.stake),
            None => shared.engine.shares().stake(),
        }
    }

    /// The caller of an execution.
    pub(super) fn caller<'a>(&'a self, context: &'a Context, payload: &'a Json) -> Caller<'a> {
        Caller {
            callers: &self.callers,
            context,
            payload,
        }
    }

    /// The history of the name, oldest first.
    pub(crate) fn history(&self) -> Vec<HistoryEntry> {
        // In this order: dropping the last reference calls the observer, and
        // the lock has to be released by then.
        let (state, mut seen) = (self.state(), Vec::new());
        self.revisions().history(state.as_deref(), &mut seen)
    }

    /// The live revisions that still exist but begin no more executions.
    pub(super) fn old(&self, serving: Option<&Serving>) -> Vec<Arc<LiveRevision>> {
        let mut live = self.revisions().live();
        live.retain(|live| !serving.is_some_and(|serving| serving.has(live)));
        live
    }

    /// The node's current state, if a revision serves.
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
