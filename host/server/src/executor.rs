//! Runs nodes, and counts the outcomes.

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arc_swap::ArcSwap;
use hospes::{Context, ExecuteError, Limits, Outcome};
use hospes_deploy::Deployer;
use jiff::Timestamp;

use crate::documents::node::{Failure, NodeDocument};
use crate::error::{ApiError, INTERNAL, INVALID_REQUEST};
use crate::metrics::Metrics;
use crate::outcome::kind;

/// How many failures of a node are kept.
const FAILURES: usize = 8;

/// Runs nodes, and counts how they end.
pub(crate) struct Executor {
    deployer: Arc<Deployer>,
    metrics: Arc<Metrics>,
    ended: ArcSwap<BTreeMap<String, Arc<NodeCounts>>>,
}

/// How the executions of a node ended. Counting a success takes no lock.
#[derive(Default)]
struct NodeCounts {
    succeeded: AtomicU64,
    failed: AtomicU64,
    /// Newest first.
    failures: Mutex<VecDeque<Failure>>,
}

impl Executor {
    pub(crate) fn new(deployer: Arc<Deployer>, metrics: Arc<Metrics>) -> Executor {
        Executor {
            deployer,
            metrics,
            ended: ArcSwap::default(),
        }
    }

    /// Runs a node once.
    pub(crate) async fn execute(
        &self,
        node: &str,
        payload: &str,
        context: &Context,
    ) -> Result<Outcome, ApiError> {
        let outcome = self.call(node, payload, context).await;
        outcome.map_err(|error| match error {
            ExecuteError::UnknownNode { .. } => self.deployer.unknown(node).into(),
            ExecuteError::Payload(_) => ApiError::new(&INVALID_REQUEST, error.to_string()),
            _ => ApiError::new(&INTERNAL, error.to_string()),
        })
    }

    /// The same for a session, whose flow has an edge for a node that can't be
    /// run.
    pub(crate) async fn call(
        &self,
        node: &str,
        payload: &str,
        context: &Context,
    ) -> Result<Outcome, ExecuteError> {
        let mut running = Running::begin(&self.metrics, node);
        let outcome = self
            .deployer
            .runtime()
            .execute(node, payload, context)
            .await;
        running.ended = true;
        let outcome = outcome?;
        self.metrics.executed(&outcome, kind(&outcome));
        self.of(node).count(&outcome);
        Ok(outcome)
    }

    /// The grants of a node, if there is one of that name.
    pub(crate) fn limits(&self, node: &str) -> Result<Limits, ApiError> {
        Ok(self.deployer.grants(node)?.limits.clone())
    }

    /// Every node that serves, by name.
    pub(crate) fn list(&self) -> Vec<NodeDocument> {
        // The runtime may call its observer here, so no lock may be held.
        let nodes = self.deployer.runtime().nodes().into_iter();
        nodes
            .map(|status| {
                let ended = self.of(&status.node);
                let (succeeded, failed) = ended.counts();
                NodeDocument::of(status, succeeded, failed, ended.last_failures())
            })
            .collect()
    }

    /// The counts of a node that serves or has served.
    fn of(&self, node: &str) -> Arc<NodeCounts> {
        if let Some(ended) = self.ended.load().get(node) {
            return Arc::clone(ended);
        }
        let new = Arc::<NodeCounts>::default();
        self.ended.rcu(|all| {
            let mut all = BTreeMap::clone(all);
            let entry = all.entry(node.to_owned());
            entry.or_insert_with(|| Arc::clone(&new));
            all
        });
        let all = self.ended.load();
        all.get(node).map_or(new, Arc::clone)
    }
}

impl NodeCounts {
    fn count(&self, outcome: &Outcome) {
        if outcome.result().is_some() {
            self.succeeded.fetch_add(1, Relaxed);
            return;
        }
        self.failed.fetch_add(1, Relaxed);
        let failure = Failure {
            at: Timestamp::now().to_string(),
            execution_id: outcome.execution_id.to_string(),
            generation: outcome.revision.generation,
            kind: kind(outcome),
        };
        let mut failures = self.failures();
        failures.truncate(FAILURES - 1);
        failures.push_front(failure);
    }

    /// Executions that succeeded, and those that failed.
    fn counts(&self) -> (u64, u64) {
        (self.succeeded.load(Relaxed), self.failed.load(Relaxed))
    }

    /// The last executions that did not succeed, newest first.
    fn last_failures(&self) -> Vec<Failure> {
        self.failures().iter().cloned().collect()
    }

    fn failures(&self) -> MutexGuard<'_, VecDeque<Failure>> {
        self.failures.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Counts an execution that is dropped before its end.
struct Running<'a> {
    metrics: &'a Metrics,
    node: &'a str,
    ended: bool,
}

impl<'a> Running<'a> {
    fn begin(metrics: &'a Metrics, node: &'a str) -> Running<'a> {
        Running {
            metrics,
            node,
            ended: false,
        }
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        if !self.ended {
            self.metrics.dropped(self.node);
        }
    }
}
