//! What is known of a node beside what the runtime knows.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arc_swap::ArcSwapOption;
use hospes::{Outcome, RevisionId};
use hospes_solution::Grants;
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::command::serve::execute::kind;

/// As many as the runtime has lines of history, and so more than it could go
/// back to.
const REVISIONS: usize = 64;
const FAILURES: usize = 8;

/// What is known of a node. The way of an execution that succeeds takes no lock.
#[derive(Default)]
pub(super) struct Known {
    /// What the serving revision is granted.
    grants: ArcSwapOption<Grants>,
    succeeded: AtomicU64,
    failed: AtomicU64,
    /// Newest first.
    failures: Mutex<VecDeque<Failure>>,
    revisions: Mutex<Revisions>,
}

#[derive(Default)]
struct Revisions {
    /// Newest last.
    published: VecDeque<Published>,
    /// The generation that serves.
    serving: Option<u64>,
}

/// A revision that was published in this process, or tried.
#[derive(Clone)]
pub(super) struct Published {
    pub(super) generation: u64,
    pub(super) digest: String,
    pub(super) version: String,
    pub(super) grants: Arc<Grants>,
}

/// An execution that did not succeed. Not its message, which may hold what the
/// payload held.
#[derive(Clone, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::command::serve) struct Failure {
    /// When it ended.
    at: String,
    execution_id: String,
    #[schema(minimum = 0)]
    generation: u64,
    /// One word, such as `rate-limited` or `deadline`.
    kind: &'static str,
}

impl Published {
    pub(super) fn new(id: &RevisionId, grants: &Grants) -> Published {
        Published {
            generation: id.generation,
            digest: id.digest.clone(),
            version: id.version.clone(),
            grants: Arc::new(grants.clone()),
        }
    }
}

impl Revisions {
    fn find(&self, generation: u64) -> Option<&Published> {
        let mut published = self.published.iter();
        published.find(|revision| revision.generation == generation)
    }

    fn tried(&mut self, revision: Published) {
        self.published.push_back(revision);
        if self.published.len() > REVISIONS {
            self.published.pop_front();
        }
    }
}

impl Known {
    /// The generation that serves.
    pub(super) fn serving(&self) -> Option<u64> {
        self.revisions().serving
    }

    /// What the serving revision is granted.
    pub(super) fn grants(&self) -> Option<Arc<Grants>> {
        self.grants.load_full()
    }

    pub(super) fn revision(&self, generation: u64) -> Option<Published> {
        self.revisions().find(generation).cloned()
    }

    pub(super) fn published(&self, revision: Published) {
        let mut revisions = self.revisions();
        revisions.serving = Some(revision.generation);
        self.grants.store(Some(Arc::clone(&revision.grants)));
        revisions.tried(revision);
    }

    /// It serves beside another one.
    pub(super) fn tried(&self, revision: Published) {
        self.revisions().tried(revision);
    }

    /// A revision that was tried serves alone.
    pub(super) fn promoted(&self, generation: u64) {
        let mut revisions = self.revisions();
        revisions.serving = Some(generation);
        let grants = revisions
            .find(generation)
            .map(|found| Arc::clone(&found.grants));
        self.grants.store(grants);
    }

    pub(super) fn removed(&self) {
        let mut revisions = self.revisions();
        revisions.serving = None;
        revisions.published.clear();
        self.grants.store(None);
    }

    pub(super) fn ended(&self, outcome: &Outcome) {
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
    pub(super) fn counts(&self) -> (u64, u64) {
        (self.succeeded.load(Relaxed), self.failed.load(Relaxed))
    }

    /// The last executions that did not succeed, newest first.
    pub(super) fn last_failures(&self) -> Vec<Failure> {
        self.failures().iter().cloned().collect()
    }

    fn failures(&self) -> MutexGuard<'_, VecDeque<Failure>> {
        self.failures.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn revisions(&self) -> MutexGuard<'_, Revisions> {
        self.revisions
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}
