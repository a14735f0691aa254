//! The nodes: running them, changing them, and what is known of them.

mod applied;
mod approvals;
mod change;
mod deploy;
mod history;
mod known;
mod reload;
mod restrict;
mod running;
mod start;
mod trial;
pub(super) mod upkeep;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use arc_swap::ArcSwap;
use hospes::{Context, DrainReport, ExecuteError, Limits, Outcome, Runtime, nearest};
use hospes_solution::Grants;
use hospes_solution::store::{Keep, Source, Store};
use jiff::Timestamp;

use super::error::{ApiError, INTERNAL, INVALID_REQUEST, OUT_OF_SERVICE, UNKNOWN_NODE};
use super::execute::kind;
use super::metrics::Metrics;
use super::nodes::{DrainingDocument, NodeDocument, TrialDocument};
use super::pool::Pool;
use super::sessions::Flows;
use crate::terminal::quoted;

use applied::Applied;
use approvals::Approvals;
use known::Known;
use running::Running;

pub(super) use applied::SolutionDocument;
pub(super) use approvals::ApprovalDocument;
pub(super) use deploy::{Deployed, Wanted};
pub(super) use history::HistoryDocument;
pub(super) use known::Failure;
pub(super) use start::{first_generation, grants};

/// The runtime with its nodes, and the store that remembers them.
pub(super) struct Desk {
    runtime: Runtime,
    metrics: Arc<Metrics>,
    /// What reads the results of nodes.
    flows: Arc<Flows>,
    store: Option<Arc<Store>>,
    keep: Keep,
    /// What was written down before was done by another process.
    started: Timestamp,
    /// What the solution file says about each node.
    sources: RwLock<BTreeMap<String, Arc<Sourced>>>,
    /// What of the solution file is not applied.
    applied: Applied,
    approvals: Approvals,
    /// What was published of each node in this process, and what it did.
    known: ArcSwap<BTreeMap<String, Arc<Known>>>,
    /// Held while something is published and written down: one at a time.
    changing: Mutex<()>,
    loads: Arc<Pool>,
    changes: Arc<Pool>,
}

/// What a thread is needed for.
#[derive(Clone, Copy)]
pub(super) enum Work {
    /// Compiling and checking a component, which may take long.
    Load,
    /// Any other change: none waits for those that load.
    Change,
}

/// What the solution file says about a node.
pub(super) struct Sourced {
    pub(super) grants: Grants,
    /// The same as hashes.
    pub(super) source: Source,
    /// What the node follows: the same if it was taken over, and otherwise what
    /// was taken over last.
    pub(super) taken: Source,
}

impl Desk {
    pub(super) fn new(
        runtime: Runtime,
        metrics: Arc<Metrics>,
        flows: Arc<Flows>,
        store: Option<Arc<Store>>,
        keep: Keep,
        has_approver: bool,
    ) -> std::io::Result<Desk> {
        Ok(Desk {
            runtime,
            metrics,
            flows,
            store,
            keep,
            started: Timestamp::now(),
            sources: RwLock::default(),
            applied: Applied::default(),
            approvals: Approvals::new(has_approver),
            known: ArcSwap::default(),
            changing: Mutex::default(),
            loads: Arc::new(Pool::new("hospes-load", 4)?),
            changes: Arc::new(Pool::new("hospes-change", 8)?),
        })
    }

    /// The threads for work of that kind.
    pub(super) fn pool(&self, work: Work) -> Arc<Pool> {
        Arc::clone(match work {
            Work::Load => &self.loads,
            Work::Change => &self.changes,
        })
    }

    /// Runs a node once.
    pub(super) async fn execute(
        &self,
        node: &str,
        payload: &str,
        context: &Context,
    ) -> Result<Outcome, ApiError> {
        let outcome = self.call(node, payload, context).await;
        outcome.map_err(|error| match error {
            ExecuteError::UnknownNode { .. } => self.unknown(node),
            ExecuteError::Payload(_) => ApiError::new(&INVALID_REQUEST, error.to_string()),
            _ => ApiError::new(&INTERNAL, error.to_string()),
        })
    }

    /// The same for a session, which has an edge for what can't be run.
    pub(super) async fn call(
        &self,
        node: &str,
        payload: &str,
        context: &Context,
    ) -> Result<Outcome, ExecuteError> {
        let mut running = Running::begin(&self.metrics, node);
        let outcome = self.runtime.execute(node, payload, context).await;
        running.ended = true;
        let outcome = outcome?;
        self.metrics.executed(&outcome, kind(&outcome));
        if let Some(known) = self.known(node) {
            known.ended(&outcome);
        }
        Ok(outcome)
    }

    /// What is known of a node.
    fn known(&self, node: &str) -> Option<Arc<Known>> {
        self.known.load().get(node).map(Arc::clone)
    }

    /// The same, also if nothing is yet.
    fn known_or_new(&self, node: &str) -> Arc<Known> {
        if let Some(known) = self.known(node) {
            return known;
        }
        let new = Arc::<Known>::default();
        self.known.rcu(|all| {
            let mut all = BTreeMap::clone(all);
            let entry = all.entry(node.to_owned());
            entry.or_insert_with(|| Arc::clone(&new));
            all
        });
        self.known(node).unwrap_or(new)
    }

    /// What a node may use, if there is one of that name.
    pub(super) fn limits(&self, node: &str) -> Result<Limits, ApiError> {
        Ok(self.grants(node)?.limits.clone())
    }

    /// What a node that serves is granted.
    pub(super) fn grants(&self, node: &str) -> Result<Arc<Grants>, ApiError> {
        let grants = self.known(node).and_then(|known| known.grants());
        grants.ok_or_else(|| self.unknown(node))
    }

    /// Every node that serves, by name.
    pub(super) fn list(&self) -> Vec<NodeDocument> {
        // What the runtime lets go of meanwhile, it tells its observer: not while
        // anything is locked.
        let nodes = self.runtime.nodes().into_iter();
        let known = self.known.load();
        let document = |status: hospes::NodeStatus| {
            let known = known.get(&*status.node);
            let (succeeded, failed) = known.map(|known| known.counts()).unwrap_or_default();
            NodeDocument {
                name: status.node.to_string(),
                revision: (*status.revision).clone(),
                policy: status.policy,
                running: status.running,
                waiting: status.waiting,
                quarantined_ms: status.quarantined_ms,
                trial: status.trial.map(TrialDocument::of),
                draining: status
                    .draining
                    .into_iter()
                    .map(DrainingDocument::of)
                    .collect(),
                succeeded,
                failed,
                last_failures: known.map(|known| known.last_failures()).unwrap_or_default(),
                description: status.description,
            }
        };
        nodes.map(document).collect()
    }

    /// Waits for the executions on old revisions, and ends them at the deadline.
    pub(super) async fn drain(
        &self,
        node: &str,
        deadline: std::time::Duration,
    ) -> Result<DrainReport, ApiError> {
        self.runtime
            .drain(node, deadline)
            .await
            .map_err(|_| self.unknown(node))
    }

    /// One node as it is now, if it serves.
    fn status(&self, node: &str) -> Option<hospes::NodeStatus> {
        let nodes = self.runtime.nodes();
        nodes.into_iter().find(|status| &*status.node == node)
    }

    /// What a generation that was published in this process is granted.
    fn published(&self, node: &str, generation: u64) -> Option<Arc<Grants>> {
        Some(self.known(node)?.revision(generation)?.grants)
    }

    /// Whether the solution file is applied, and if not, why.
    pub(super) fn solution(&self) -> SolutionDocument {
        self.applied.document()
    }

    /// Whether the solution file is applied.
    pub(super) fn is_applied(&self) -> bool {
        self.applied.is_applied()
    }

    /// There is no such node, or it was taken out of service.
    pub(super) fn unknown(&self, node: &str) -> ApiError {
        if let Some(why) = self.applied.out(node) {
            let message = format!(
                "`{}` is out of service: {why}",
                crate::terminal::visible(node)
            );
            return ApiError::new(&OUT_OF_SERVICE, message);
        }
        let serving = self.runtime.nodes();
        let near = nearest(node, serving.iter().map(|status| &*status.node));
        let hint = near
            .map(|near| format!(": did you mean `{near}`?"))
            .unwrap_or_default();
        ApiError::new(
            &UNKNOWN_NODE,
            format!("no node is called `{}`{hint}", quoted(node)),
        )
    }

    /// What the solution file says about a node.
    pub(super) fn source(&self, node: &str) -> Option<Arc<Sourced>> {
        let sources = self.sources.read().unwrap_or_else(PoisonError::into_inner);
        sources.get(node).cloned()
    }

    fn set_source(&self, node: &str, sourced: &Arc<Sourced>) {
        let mut sources = self.sources.write().unwrap_or_else(PoisonError::into_inner);
        sources.insert(node.to_owned(), Arc::clone(sourced));
    }

    fn changing(&self) -> MutexGuard<'_, ()> {
        self.changing.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
