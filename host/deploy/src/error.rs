//! Why a deployment was refused, or can't be done.

use std::fmt;
use std::io;
use std::path::PathBuf;

use crate::store::StoreError;
use hospes::LoadError;
use hospes::swap::Changes;
use hospes_solution::GrantError;

use crate::text::{quoted, visible};

/// Why a change was not made. What served before goes on serving, unless the
/// variant says otherwise.
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
        /// A node that is called much the same.
        nearest: Option<String>,
    },
    /// Nothing says what a node of that name may do.
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
    /// The revision to go back to does not exist; holds what does.
    UnknownGeneration(String),
    /// The node has neither a canary nor a shadow.
    NoTrial {
        /// Its name.
        node: String,
    },
    /// No such change waits to be approved.
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
        /// What is different; [`Changes::to_approve`] is what to agree to.
        changes: Box<Changes>,
        /// Stands for this very change, where somebody else approves: see
        /// [`Deployer::approve`](crate::Deployer::approve).
        approval: Option<String>,
    },
    /// Something else was published meanwhile; holds what.
    Superseded(String),
    /// The component can't be a revision of the node.
    Refused(LoadError),
    /// The component can't work without what it is not granted; holds what that
    /// is.
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
    /// The store can't keep it, and so it does not serve.
    Store(StoreError),
    /// It serves, but the store can't keep it: only until a restart.
    NotKept(StoreError),
    /// What served before is not known: its manifest is damaged.
    Damaged {
        /// The node.
        node: String,
        /// What is wrong.
        error: StoreError,
    },
    /// What is wrong, and with what: a file, or a node.
    About {
        /// The file or node.
        what: String,
        /// What is wrong with it.
        error: Box<DeployError>,
    },
    /// A fault of the library's own.
    Internal(String),
}

impl DeployError {
    /// The same, about something.
    pub(crate) fn about(self, what: impl Into<String>) -> DeployError {
        DeployError::About {
            what: what.into(),
            error: Box::new(self),
        }
    }

    /// Without what it is about.
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

/// Without control characters, also in names that components and files give.
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
                "`{}` has no change `{}` that waits to be approved",
                quoted(node),
                quoted(id)
            ),
            DeployError::NeedsApproval { what, changes, .. } => needs_approval(f, what, changes),
            DeployError::Refused(error) => f.write_str(&visible(&error.to_string())),
            DeployError::Unmet(unmet) => write!(
                f,
                "the component can't work with what it is granted: {}",
                visible(&unmet.join("; "))
            ),
            DeployError::Grants(error) => f.write_str(&visible(&error.to_string())),
            DeployError::Read { path, error } => {
                write!(f, "can't read {}: {error}", path.display())
            }
            DeployError::Store(error) => write!(f, "the store can't keep it: {error}"),
            DeployError::NotKept(error) => {
                write!(f, "it serves, but only until a restart: {error}")
            }
            DeployError::Damaged { node, error } => write!(
                f,
                "node `{node}`: what served before is not known: {error}. Remove that file to go back to the revision before it"
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
