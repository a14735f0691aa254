//! A revision between its load and its publish.

use std::fmt;
use std::sync::Arc;

use crate::description::Description;
use crate::outcome::RevisionId;
use crate::revision::Revision;
use crate::swap::Changes;

/// A revision that is ready to serve, and does not yet.
pub struct Staged {
    pub(super) node: Arc<str>,
    pub(super) revision: Revision,
    pub(super) changes: Arc<Changes>,
}

impl Staged {
    /// The node it is for.
    pub fn node(&self) -> &Arc<str> {
        &self.node
    }

    /// What it will be known as.
    pub fn id(&self) -> &Arc<RevisionId> {
        &self.revision.id
    }

    /// What it says about itself.
    pub fn description(&self) -> &Description {
        &self.revision.admitted.description
    }

    /// What is different about it, compared with the revision that served when
    /// it was staged. A publish compares again.
    pub fn changes(&self) -> &Changes {
        &self.changes
    }
}

impl fmt::Debug for Staged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Staged")
            .field("node", &self.node)
            .field("id", &self.revision.id)
            .finish_non_exhaustive()
    }
}
