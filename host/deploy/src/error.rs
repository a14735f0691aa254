//! Why a deployment was refused or failed.

use std::fmt;
use std::io;
use std::path::PathBuf;

use crate::store::StoreError;
use hospes::LoadError;
use hospes::swap::Changes;
use hospes_solution::GrantError;

use crate::text::{quoted, visible};

/// Why a change was not made. What serves goes on serving, unless the variant
/// says otherwise.
#[derive(Debug)]
#[non_exhaustive]
pub enum DeployError {
    /// Another deployer of this process has the store.
    StoreInUse {
        /// The store.
        dir: PathBuf,
    },
    /// No node of that name serves.
    UnknownNode {
        /// The name.
        node: String,
        /// A node with a similar name.
        nearest: Option<String>,
    },
    /// There are no grants for a node of that name.
    NotGranted {
        /// The name.
        node: String,
    },
    /// The node was taken out of service.
    OutOfService {
        /// Its name.
        node: String,
        /// Why.
        why: String,
    },
    /// The revision to roll back to does not exist; says which one.
    UnknownGeneration(String),
    /// The node has neither a canary nor a shadow.
    NoTrial {
        /// Its name.
        node: String,
    },
    /// No such change waits for approval.
    UnknownApproval {
        /// The node.
        node: String,
        /// The change's id.
        id: String,
    },
    /// It has more than what serves, or breaks its callers.
    NeedsApproval {
        /// `component` or `earlier revision`.
        what: &'static str,
        /// What is different; [`Changes::to_approve`] is what to approve.
        changes: Box<Changes>,
        /// Identifies exactly this change, where someone else approves: see
        /// [`Deployer::approve`](crate::Deployer::approve).
        approval: Option<String>,
    },
    /// Another revision was published in the meantime; says which one.
    Superseded(String),
    /// The component can't be a revision of the node.
    Refused(LoadError),
    /// The component needs what it is not granted; says what.
    Unmet(Vec<String>),
    /// A file that the grants name can't be used.
    Grants(GrantError),
    /// A component's file can't be read.
    Read {
        /// The file.
        path: PathBuf,
        /// Why not.
        error: io::Error,
    },
    /// It can't be stored, so it does not serve.
    Store(StoreError),
    /// It serves, but could not be stored: a restart loses it.
    NotKept(StoreError),
    /// What served before is unknown, because its manifest is damaged.
    Damaged {
        /// The node.
        node: String,
        /// What is wrong.
        error: StoreError,
    },
    /// An error, with the file or node that it is about.
    About {
        /// The file or node.
        what: String,
        /// What is wrong with it.
        error: Box<DeployError>,
    },
    /// An error of the library itself.
    Internal(String),
}

impl DeployError {
    /// The same error, about a file or node.
    pub(crate) fn about(self, what: impl Into<String>) -> DeployError {
        DeployError::About {
            what: what.into(),
            error: Box::new(self),
        }
    }

    /// The error without what it is about.
    pub fn inner(&self) -> &DeployError {
        match self {
            DeployError::About { error, .. } => error.inner(),
            error => error,
        }
    }
}

impl From<LoadError> for DeployError {
    fn from(error: LoadError) -> DeployError {
        DeployError::Refused(error)
    }
}

impl From<GrantError> for DeployError {
    fn from(error: GrantError) -> DeployError {
        DeployError::Grants(error)
    }
}

impl From<StoreError> for DeployError {
    fn from(error: StoreError) -> DeployError {
        DeployError::Store(error)
    }
}

/// Without control characters, even those in names from components and files.
impl fmt::Display for DeployError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DeployError::StoreInUse { dir } => {
                write!(f, "another deployer uses the store {}", dir.display())
            }
            DeployError::UnknownNode { node, nearest } => {
                write!(f, "no node is called `{}`", quoted(node))?;
                match nearest {
                    Some(near) => write!(f, ": did you mean `{near}`?"),
                    None => Ok(()),
                }
            }
            DeployError::NotGranted { node } => write!(
                f,
                "the solution file has no node `{}`, so nothing says what it may do",
                quoted(node)
            ),
            DeployError::OutOfService { node, why } => {
                write!(f, "`{}` is out of service: {why}", visible(node))
            }
            DeployError::UnknownGeneration(message)
            | DeployError::Superseded(message)
            | DeployError::Internal(message) => f.write_str(message),
            DeployError::NoTrial { node } => {
                write!(f, "`{}` has neither a canary nor a shadow", quoted(node))
            }
            DeployError::UnknownApproval { node, id } => write!(
                f,
                "`{}` has no change `{}` that waits for approval",
                quoted(node),
                quoted(id)
            ),
            DeployError::NeedsApproval { what, changes, .. } => needs_approval(f, what, changes),
            DeployError::Refused(error) => f.write_str(&visible(&error.to_string())),
            DeployError::Unmet(unmet) => write!(
                f,
                "the component needs more than it is granted: {}",
                visible(&unmet.join("; "))
            ),
            DeployError::Grants(error) => f.write_str(&visible(&error.to_string())),
            DeployError::Read { path, error } => {
                write!(f, "can't read {}: {error}", path.display())
            }
            DeployError::Store(error) => write!(f, "it can't be stored: {error}"),
            DeployError::NotKept(error) => {
                write!(
                    f,
                    "it serves, but only until a restart, because it could not be stored: {error}"
                )
            }
            DeployError::Damaged { node, error } => write!(
                f,
                "node `{node}`: what served before is unknown: {error}. Remove that file to return to the revision before it"
            ),
            DeployError::About { what, error } => write!(f, "{what}: {error}"),
        }
    }
}

fn needs_approval(f: &mut fmt::Formatter<'_>, what: &str, changes: &Changes) -> fmt::Result {
    let lines = |lines: &[String]| -> String {
        let lines: Vec<String> = lines.iter().map(|line| visible(line)).collect();
        lines.join("; ")
    };
    if !changes.wider.is_empty() {
        let wider = lines(&changes.wider);
        write!(f, "the {what} has more than the one that serves: {wider}")?;
    }
    if !changes.breaking.is_empty() {
        let and = if changes.wider.is_empty() { "" } else { "; " };
        let breaking = lines(&changes.breaking);
        write!(
            f,
            "{and}the {what} breaks callers of the one that serves: {breaking}"
        )?;
    }
    Ok(())
}

impl std::error::Error for DeployError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            DeployError::Refused(error) => Some(error),
            DeployError::Grants(error) => Some(error),
            DeployError::Read { error, .. } => Some(error),
            DeployError::Store(error)
            | DeployError::NotKept(error)
            | DeployError::Damaged { error, .. } => Some(error),
            DeployError::About { error, .. } => Some(error),
            _ => None,
        }
    }
}
