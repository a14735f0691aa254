//! Why a revision was not published.

use std::fmt;
use std::sync::Arc;

use hospes_egress::GrantError;

use crate::node::staged::Staged;
use crate::revision::{LoadError, superseded};
use crate::swap::{Changes, UnknownNode};

/// Why a staged revision was not published. The previous one continues to
/// serve.
#[derive(Debug)]
#[non_exhaustive]
pub enum PublishError {
    /// It has more than the serving revision, or breaks its callers, and the
    /// operator has not approved that.
    NeedsApproval {
        /// The differences; [`Changes::to_approve`] lists what needs approval.
        changes: Arc<Changes>,
        /// The revision, which can be published after approval.
        staged: Box<Staged>,
    },
    /// A later revision has been published already, or the node has been
    /// removed meanwhile.
    Superseded {
        /// The later generation.
        by: u64,
    },
}

impl fmt::Display for PublishError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PublishError::NeedsApproval { changes, .. } => {
                f.write_str(
                    "the revision has more than the serving one, or breaks its callers, which has to be approved",
                )?;
                lines(f, changes)
            }
            PublishError::Superseded { by } => superseded(f, *by),
        }
    }
}

impl std::error::Error for PublishError {}

/// What needs approval, one line each.
fn lines(f: &mut fmt::Formatter<'_>, changes: &Changes) -> fmt::Result {
    changes
        .to_approve()
        .try_for_each(|line| write!(f, "\n+ {line}"))
}

/// Why a swap did not happen. The previous revision continues to serve.
#[derive(Debug)]
#[non_exhaustive]
pub enum SwapError {
    /// The revision was refused.
    Load(LoadError),
    /// It was not published.
    Publish(PublishError),
}

impl fmt::Display for SwapError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SwapError::Load(error) => error.fmt(f),
            SwapError::Publish(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for SwapError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            SwapError::Load(error) => error.source(),
            SwapError::Publish(error) => error.source(),
        }
    }
}

impl From<LoadError> for SwapError {
    fn from(error: LoadError) -> SwapError {
        SwapError::Load(error)
    }
}

impl From<PublishError> for SwapError {
    fn from(error: PublishError) -> SwapError {
        SwapError::Publish(error)
    }
}

/// Why a trial was not promoted or aborted.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TrialError {
    /// There is no node with this name.
    Unknown(UnknownNode),
    /// It has neither a canary nor a shadow.
    NoTrial {
        /// The node.
        node: Arc<str>,
    },
}

impl fmt::Display for TrialError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TrialError::Unknown(error) => error.fmt(f),
            TrialError::NoTrial { node } => {
                write!(f, "`{node}` has neither a canary nor a shadow")
            }
        }
    }
}

impl std::error::Error for TrialError {}

/// Why a rollback did not happen. The serving revision continues to serve.
#[derive(Debug)]
#[non_exhaustive]
pub enum RollbackError {
    /// There is no node with this name.
    Unknown(UnknownNode),
    /// There is no earlier revision to roll back to.
    Nothing {
        /// The node.
        node: Arc<str>,
    },
    /// The requested generation is not kept.
    Gone {
        /// The node.
        node: Arc<str>,
        /// The generation.
        generation: u64,
        /// The generations that are kept, oldest first.
        kept: Vec<u64>,
    },
    /// The earlier revision is granted more than the one that serves, and the
    /// operator has not approved that.
    NeedsApproval {
        /// The differences; [`Changes::wider`] lists what needs approval.
        changes: Arc<Changes>,
    },
    /// It does not meet the demands on the revision that serves; for example,
    /// none of the required keys has signed it.
    Refused(LoadError),
    /// The revision's secrets can no longer be used.
    Grant(GrantError),
    /// A later revision has been published already.
    Superseded {
        /// The later revision's generation.
        by: u64,
    },
}

impl RollbackError {
    pub(super) fn nothing(node: &Arc<str>, to: Option<u64>, kept: Vec<u64>) -> RollbackError {
        let node = Arc::clone(node);
        match to {
            Some(generation) => RollbackError::Gone {
                node,
                generation,
                kept,
            },
            None => RollbackError::Nothing { node },
        }
    }
}

impl fmt::Display for RollbackError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RollbackError::Unknown(error) => error.fmt(f),
            RollbackError::Nothing { node } => {
                write!(f, "`{node}` has no earlier revision to go back to")
            }
            RollbackError::Gone {
                node,
                generation,
                kept,
            } => {
                write!(f, "generation {generation} of `{node}` is not kept")?;
                for (i, kept) in kept.iter().enumerate() {
                    write!(f, "{}{kept}", if i == 0 { "; kept are " } else { ", " })?;
                }
                Ok(())
            }
            RollbackError::NeedsApproval { changes } => {
                f.write_str(
                    "the earlier revision has more than the serving one, which has to be approved",
                )?;
                lines(f, changes)
            }
            RollbackError::Refused(error) => error.fmt(f),
            RollbackError::Grant(error) => error.fmt(f),
            RollbackError::Superseded { by } => superseded(f, *by),
        }
    }
}

impl std::error::Error for RollbackError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            RollbackError::Refused(error) => error.source(),
            _ => None,
        }
    }
}
