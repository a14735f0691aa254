//! A name behind which revisions come and go.

use std::sync::Arc;

use arc_swap::ArcSwap;

use crate::revision::Revision;

/// The revision that serves now. Replacing it is one atomic store: executions
/// that run stay on the revision they began with.
pub(crate) struct Slot {
    current: ArcSwap<Revision>,
}

impl Slot {
    pub(crate) fn new(revision: Arc<Revision>) -> Slot {
        Slot {
            current: ArcSwap::new(revision),
        }
    }

    pub(crate) fn current(&self) -> Arc<Revision> {
        self.current.load_full()
    }

    pub(crate) fn publish(&self, revision: Arc<Revision>) {
        self.current.store(revision);
    }
}
