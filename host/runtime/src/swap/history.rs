//! What has served, and how it came to that.

use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use hospes_egress::as_rfc3339;
use serde::Serialize;

use crate::outcome::RevisionId;
use crate::swap::{Rollout, shared};

/// One line of a node's history.
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
    /// Who did it and why, in the operator's words; empty if nothing was said.
    pub note: String,
    /// Executions that run on the revision now.
    pub running: u64,
    /// What the revision does now.
    pub state: RevisionState,
}

/// How a revision came to serve, or ceased to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "how", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum ChangeKind {
    /// It is the first of its node.
    Loaded,
    /// It took the place of another.
    Swapped {
        /// The other's generation.
        from: u64,
    },
    /// An earlier revision came back, as a new generation.
    RolledBack {
        /// The generation that it took the place of.
        from: u64,
        /// The generation whose component it is.
        to: u64,
        /// The generation whose grants it has: `to`, or `from` if that has less and
        /// nobody has agreed to more.
        grants: u64,
        /// Why.
        reason: String,
    },
    /// It takes part in serving, beside another one.
    Tried {
        /// The other's generation.
        beside: u64,
        /// How.
        #[serde(flatten)]
        rollout: Rollout,
    },
    /// It took part in serving, and took the place of the other one.
    Promoted {
        /// The other's generation.
        from: u64,
    },
    /// It took part in serving, and does no longer.
    Aborted {
        /// Why.
        reason: String,
    },
    /// It kept breaking, and its node was quarantined.
    Quarantined {
        /// Why.
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

/// What a revision does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum RevisionState {
    /// New executions begin on it.
    Serving,
    /// It takes part in serving.
    Trial,
    /// Its last executions run.
    Draining,
    /// Nothing runs on it; it is kept for a rollback.
    Kept,
    /// It is gone.
    Freed,
}
