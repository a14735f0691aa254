//! The deployer, and what it knows about its nodes.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use crate::store::{Claim, Retention, Source, Store};
use arc_swap::ArcSwap;
use hospes::Runtime;
use hospes::description::Description;
use hospes::egress::nearest;
use hospes::swap::{DrainReport, NodeStatus};
use hospes_solution::Grants;
use jiff::Timestamp;

use super::applied::{Applied, SolutionState};
use super::approvals::Approvals;
use super::records::Records;
use crate::error::DeployError;

/// What depends on the results of nodes, such as flows.
pub trait Dependents: Send + Sync {
    /// What breaks if a node's description changes from `before` to `after`:
    /// one line for each, to be approved.
    fn broken_by(&self, node: &str, before: &Description, after: &Description) -> Vec<String>;
}

/// Deploys nodes durably on a runtime: a revision is on disk before it serves,
/// and comes back after a crash.
///
/// A node's grants come from a solution file, or from the caller of
/// [`Deployer::start`]. Uploads get these grants and no others.
pub struct Deployer {
    pub(super) runtime: Runtime,
    pub(super) dependents: Option<Arc<dyn Dependents>>,
    pub(super) store: Option<Claim>,
    pub(super) retention: Retention,
    /// Records from before belong to an earlier process.
    pub(super) started: Timestamp,
    /// What the solution file says about each node.
    pub(super) sources: RwLock<BTreeMap<String, Arc<Declared>>>,
    /// The parts of the solution file that are not applied.
    pub(super) applied: Applied,
    pub(super) approvals: Approvals,
    /// What was published of each node in this process.
    pub(super) records: ArcSwap<BTreeMap<String, Arc<Records>>>,
    /// Locked while a revision is published and stored: one at a time.
    pub(super) changing: Mutex<()>,
}

/// What the solution file says about a node.
pub(super) struct Declared {
    pub(super) grants: Grants,
    /// The same as hashes.
    pub(super) source: Source,
    /// The hashes that the node was last published with; equal to `hashes` if
    /// it was applied.
    pub(super) taken: Source,
}

impl fmt::Debug for Deployer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Deployer")
            .field("nodes", &self.sources().keys())
            .field("store", &self.store)
            .finish_non_exhaustive()
    }
}

impl Deployer {
    /// Deploys on this runtime, with everything in memory: it is lost with the
    /// process.
    pub fn new(runtime: Runtime) -> Deployer {
        Deployer {
            runtime,
            dependents: None,
            store: None,
            retention: Retention::default(),
            started: Timestamp::now(),
            sources: RwLock::default(),
            applied: Applied::default(),
            approvals: Approvals::default(),
            records: ArcSwap::default(),
            changing: Mutex::default(),
        }
    }

    /// Deploys on this runtime, and stores everything in this store. Everything
    /// that the runtime publishes from now on has a higher generation than what
    /// is in the store.
    ///
    /// # Errors
    ///
    /// [`DeployError::StoreInUse`] if another deployer has the store.
    pub fn open(runtime: Runtime, store: impl Into<Arc<Store>>) -> Result<Deployer, DeployError> {
        let store = store.into();
        let dir = store.dir().to_owned();
        let store = Claim::new(store).ok_or(DeployError::StoreInUse { dir })?;
        runtime.skip_generations(store.highest_generation());
        Ok(Deployer {
            store: Some(store),
            ..Deployer::new(runtime)
        })
    }

    /// How many earlier revisions are kept in the store, and for how long.
    /// Defaults to [`Retention::default`].
    #[must_use]
    pub fn retention(mut self, retention: Retention) -> Deployer {
        self.retention = retention;
        self
    }

    /// Who depends on the nodes' results, and says what an upload would break.
    /// Defaults to none.
    #[must_use]
    pub fn dependents(mut self, dependents: Arc<dyn Dependents>) -> Deployer {
        self.dependents = Some(dependents);
        self
    }

    /// Whether changes are approved by someone other than the uploader. A change
    /// that needs approval is then remembered for an hour, to be approved with
    /// [`Deployer::approve`]. Defaults to false.
    #[must_use]
    pub fn separate_approval(mut self, separate: bool) -> Deployer {
        self.approvals = Approvals::new(separate);
        self
    }

    /// Whether changes need someone else's approval; see
    /// [`Deployer::separate_approval`].
    pub fn has_separate_approval(&self) -> bool {
        self.approvals.is_separate()
    }

    /// The runtime, for running and inspecting nodes.
    pub fn runtime(&self) -> &Runtime {
        &self.runtime
    }

    /// What is known about a node.
    pub(super) fn record(&self, node: &str) -> Option<Arc<Records>> {
        self.records.load().get(node).map(Arc::clone)
    }

    /// The same, created if it is missing.
    pub(super) fn record_or_new(&self, node: &str) -> Arc<Records> {
        if let Some(known) = self.record(node) {
            return known;
        }
        let new = Arc::<Records>::default();
        self.records.rcu(|all| {
            let mut all = BTreeMap::clone(all);
            let entry = all.entry(node.to_owned());
            entry.or_insert_with(|| Arc::clone(&new));
            all
        });
        self.record(node).unwrap_or(new)
    }

    /// The grants of a node that serves.
    ///
    /// # Errors
    ///
    /// If no node of that name serves.
    pub fn grants(&self, node: &str) -> Result<Arc<Grants>, DeployError> {
        let grants = self.record(node).and_then(|record| record.grants());
        grants.ok_or_else(|| self.unknown(node))
    }

    /// Waits for the executions on old revisions, and ends them at the deadline.
    pub async fn drain(
        &self,
        node: &str,
        deadline: std::time::Duration,
    ) -> Result<DrainReport, DeployError> {
        self.runtime
            .drain(node, deadline)
            .await
            .map_err(|_| self.unknown(node))
    }

    /// The status of a node, if it serves.
    pub(super) fn status(&self, node: &str) -> Option<NodeStatus> {
        let nodes = self.runtime.nodes();
        nodes.into_iter().find(|status| &*status.node == node)
    }

    /// The grants of a generation that was published in this process.
    pub(super) fn published(&self, node: &str, generation: u64) -> Option<Arc<Grants>> {
        Some(self.record(node)?.revision(generation)?.grants)
    }

    /// Whether the solution file is applied, and if not, why.
    pub fn solution(&self) -> SolutionState {
        self.applied.state()
    }

    /// Whether the solution file is applied.
    pub fn is_applied(&self) -> bool {
        self.applied.is_applied()
    }

    /// The error for a node that does not serve.
    pub fn unknown(&self, node: &str) -> DeployError {
        let node = node.to_owned();
        if let Some(why) = self.applied.out(&node) {
            return DeployError::OutOfService { node, why };
        }
        let serving = self.runtime.nodes();
        let names = serving.iter().map(|status| &*status.node);
        let nearest = nearest(&node, names).map(str::to_owned);
        DeployError::UnknownNode { node, nearest }
    }

    /// What the solution file says about a node.
    pub(super) fn source(&self, node: &str) -> Option<Arc<Declared>> {
        self.sources().get(node).cloned()
    }

    pub(super) fn set_source(&self, node: &str, declared: &Arc<Declared>) {
        let declared = Arc::clone(declared);
        self.sources_mut().insert(node.to_owned(), declared);
    }

    pub(super) fn sources(&self) -> RwLockReadGuard<'_, BTreeMap<String, Arc<Declared>>> {
        self.sources.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn sources_mut(&self) -> RwLockWriteGuard<'_, BTreeMap<String, Arc<Declared>>> {
        self.sources.write().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn changing(&self) -> MutexGuard<'_, ()> {
        self.changing.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
