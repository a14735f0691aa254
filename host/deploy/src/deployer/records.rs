//! What was published of a node, in addition to what the runtime knows.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arc_swap::ArcSwapOption;
use hospes::outcome::RevisionId;
use hospes_solution::Grants;

/// As many as the runtime has records of history, which is more than it could
/// roll back to.
const REVISIONS: usize = 64;

/// What was published of a node.
#[derive(Default)]
pub(super) struct Records {
    /// The grants of the revision that serves.
    grants: ArcSwapOption<Grants>,
    revisions: Mutex<Revisions>,
}

#[derive(Default)]
struct Revisions {
    /// Newest last.
    published: VecDeque<Published>,
    /// The generation that serves.
    serving: Option<u64>,
}

/// A revision that was published or tried in this process.
#[derive(Clone)]
pub(super) struct Published {
    pub(super) generation: u64,
    pub(super) digest: String,
    pub(super) version: String,
    pub(super) grants: Arc<Grants>,
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

impl Records {
    /// The generation that serves.
    pub(super) fn serving(&self) -> Option<u64> {
        self.revisions().serving
    }

    /// The grants of the revision that serves.
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

    /// It is a canary or shadow.
    pub(super) fn tried(&self, revision: Published) {
        self.revisions().tried(revision);
    }

    /// A trial was promoted.
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

    fn revisions(&self) -> MutexGuard<'_, Revisions> {
        self.revisions
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}
