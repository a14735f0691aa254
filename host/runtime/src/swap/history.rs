//! The history of a node.

use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use hospes_egress::as_rfc3339;
use serde::Serialize;

use crate::outcome::RevisionId;
use crate::swap::{Rollout, shared};

/// One entry of a node's history.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct HistoryEntry {
    /// The revision.
    #[serde(serialize_with = "shared")]
    pub revision: Arc<RevisionId>,
    /// When it happened.
    #[serde(serialize_with = "as_rfc3339")]
    pub at: SystemTime,
    /// What happened.
    #[serde(flatten)]
    pub how: ChangeKind,
    /// Who did it and why, as the operator noted it; empty if nothing was
    /// noted.
    pub note: String,
    /// Executions that run on the revision now.
    pub running: u64,
    /// The revision's state now.
    pub state: RevisionState,
}

/// How a revision began to serve, or stopped.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "how", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum ChangeKind {
    /// It is the first revision of its node.
    Loaded,
    /// It replaced another revision.
    Swapped {
        /// The other revision's generation.
        from: u64,
    },
    /// An earlier revision came back as a new generation.
    RolledBack {
        /// The generation that it replaced.
        from: u64,
        /// The generation whose component it has.
        to: u64,
        /// The generation whose grants it has: `to`, or `from` if that has less
        /// and more was not approved.
        grants: u64,
        /// The reason.
        reason: String,
    },
    /// It takes part in serving, beside another revision.
    Tried {
        /// The other revision's generation.
        beside: u64,
        /// In which way.
        #[serde(flatten)]
        rollout: Rollout,
    },
    /// It took part in serving, and replaced the other revision.
    Promoted {
        /// The other revision's generation.
        from: u64,
    },
    /// It no longer takes part in serving.
    Aborted {
        /// The reason.
        reason: String,
    },
    /// It kept breaking, and its node was quarantined.
    Quarantined {
        /// The reason.
        reason: String,
    },
    /// Its node was quarantined, and works again.
    Recovered,
    /// The node was removed while this revision served.
    Removed,
}

impl fmt::Display for ChangeKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ChangeKind::Loaded => f.write_str("loaded"),
            ChangeKind::Swapped { from } => write!(f, "swapped for generation {from}"),
            ChangeKind::RolledBack {
                from,
                to,
                grants,
                reason,
            } => {
                write!(f, "rolled back from generation {from} to {to}")?;
                if grants != to {
                    write!(f, " with the grants of {grants}")?;
                }
                write!(f, ": {reason}")
            }
            ChangeKind::Tried { beside, rollout } => {
                let how = match rollout {
                    Rollout::Canary { percent, .. } => format!("canary of {percent} percent"),
                    Rollout::Shadow => "shadow".to_owned(),
                    Rollout::All => "all".to_owned(),
                };
                write!(f, "{how} beside generation {beside}")
            }
            ChangeKind::Promoted { from } => write!(f, "promoted over generation {from}"),
            ChangeKind::Aborted { reason } => write!(f, "aborted: {reason}"),
            ChangeKind::Quarantined { reason } => write!(f, "quarantined: {reason}"),
            ChangeKind::Recovered => f.write_str("recovered"),
            ChangeKind::Removed => f.write_str("removed"),
        }
    }
}

/// The state of a revision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum RevisionState {
    /// New executions begin on it.
    Serving,
    /// It takes part in serving.
    Trial,
    /// Its last executions still run.
    Draining,
    /// Nothing runs on it; it is kept for a rollback.
    Kept,
    /// It has been freed.
    Freed,
}
