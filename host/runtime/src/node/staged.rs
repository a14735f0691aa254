//! A revision after its load and before its publish.

use std::fmt;
use std::sync::Arc;

use crate::description::Description;
use crate::outcome::RevisionId;
use crate::revision::Revision;
use crate::swap::Changes;

/// A revision that is ready to serve but does not serve yet.
pub struct Staged {
    pub(super) node: Arc<str>,
    pub(super) revision: Revision,
    pub(super) changes: Arc<Changes>,
}

impl Staged {
    /// The name of its node.
    pub fn node(&self) -> &Arc<str> {
        &self.node
    }

    /// The id that it will have.
    pub fn id(&self) -> &Arc<RevisionId> {
        &self.revision.id
    }

    /// The component's description.
    pub fn description(&self) -> &Description {
        &self.revision.admitted.description
    }

    /// The differences from the revision that served when this one was staged.
    /// A publish compares again.
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
