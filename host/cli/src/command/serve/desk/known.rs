//! What is known of a node beside what the runtime knows.

use std::collections::VecDeque;
use std::sync::Arc;

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

/// What is known of a node.
#[derive(Default)]
pub(super) struct Known {
    /// Newest last.
    revisions: VecDeque<Published>,
    /// The generation that serves.
    serving: Option<u64>,
    pub(super) succeeded: u64,
    pub(super) failed: u64,
    /// Newest first.
    pub(super) failures: VecDeque<Failure>,
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

impl Known {
    /// The generation that serves.
    pub(super) fn serving(&self) -> Option<u64> {
        self.serving
    }

    /// What the serving revision is granted.
    pub(super) fn grants(&self) -> Option<Arc<Grants>> {
        Some(self.revision(self.serving?)?.grants)
    }

    pub(super) fn revision(&self, generation: u64) -> Option<Published> {
        self.revisions
            .iter()
            .find(|revision| revision.generation == generation)
            .cloned()
    }

    pub(super) fn published(&mut self, revision: Published) {
        self.serving = Some(revision.generation);
        self.tried(revision);
    }

    /// It serves beside another one.
    pub(super) fn tried(&mut self, revision: Published) {
        self.revisions.push_back(revision);
        if self.revisions.len() > REVISIONS {
            self.revisions.pop_front();
        }
    }

    /// A revision that was tried serves alone.
    pub(super) fn promoted(&mut self, generation: u64) {
        self.serving = Some(generation);
    }

    pub(super) fn removed(&mut self) {
        self.serving = None;
        self.revisions.clear();
    }

    pub(super) fn ended(&mut self, outcome: &Outcome) {
        if outcome.result().is_some() {
            self.succeeded += 1;
            return;
        }
        self.failed += 1;
        self.failures.truncate(FAILURES - 1);
        self.failures.push_front(Failure {
            at: Timestamp::now().to_string(),
            execution_id: outcome.execution_id.to_string(),
            generation: outcome.revision.generation,
            kind: kind(outcome),
        });
    }
}
