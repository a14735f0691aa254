//! Changes of a node's revisions: plain data.

mod changes;
mod event;
mod history;
mod rollout;
mod status;

use std::fmt;
use std::sync::Arc;

use serde::{Serialize, Serializer};

pub use changes::{Changes, Diff, LimitChange, Unmet};
pub use event::{SwapEvent, SwapKind};
pub use history::{ChangeKind, HistoryEntry, RevisionState};
pub use rollout::{Rollout, TrialStatus};
pub use status::{DrainReport, Draining, NodeStatus};

/// What an operator approves before a revision is published.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Approval {
    /// Nothing new. A revision that has more than the serving one
    /// ([`Changes::wider`]), or breaks its callers ([`Changes::breaking`]),
    /// needs approval.
    Same,
    /// The component, which has served before, but no wider grants. A revision
    /// that is granted more than the serving one needs approval.
    Known,
    /// Everything in the revision's [`Changes`].
    Wider,
}

/// There is no node with this name.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct UnknownNode {
    /// The name given.
    pub name: String,
    /// The node whose name is nearest to it.
    pub nearest: Option<String>,
}

impl fmt::Display for UnknownNode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no node is called `{}`", self.name)?;
        match &self.nearest {
            Some(nearest) => write!(f, ": did you mean `{nearest}`?"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for UnknownNode {}

/// Serializes shared fields.
fn shared<T: Serialize + ?Sized, S: Serializer>(
    value: &Arc<T>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    value.serialize(serializer)
}
