//! Whether the solution file is applied.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::text::visible_lines;

/// The parts of the solution file that are not applied, and why.
#[derive(Default)]
pub(super) struct Applied(Mutex<Unapplied>);

#[derive(Default)]
struct Unapplied {
    /// Why nothing of the file is applied except what it revokes.
    file: Option<String>,
    /// Nodes that don't serve as the file says, and why.
    nodes: BTreeMap<String, String>,
    /// Nodes that were taken out of service for that, and why.
    out: BTreeMap<String, String>,
}

impl Unapplied {
    fn is_empty(&self) -> bool {
        self.file.is_none() && self.nodes.is_empty()
    }
}

/// Whether the solution file is fully in force.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SolutionState {
    /// The file's faults; none if it could be read and checked.
    pub file: Option<String>,
    /// Nodes that don't serve as the file says, by name, with the reasons.
    /// Grants that the file no longer has are revoked all the same.
    pub nodes: BTreeMap<String, String>,
}

impl SolutionState {
    /// Whether it is applied.
    pub fn is_applied(&self) -> bool {
        self.file.is_none() && self.nodes.is_empty()
    }
}

impl Applied {
    fn change(&self, change: impl FnOnce(&mut Unapplied)) {
        change(&mut self.lock());
    }

    /// The file has no faults.
    pub(super) fn file_read(&self) {
        self.change(|unapplied| unapplied.file = None);
    }

    /// The file can't be applied as a whole.
    pub(super) fn file_refused(&self, why: &str) {
        let why = visible_lines(why);
        self.change(|unapplied| unapplied.file = Some(why));
    }

    /// A node serves as the file says, or is no longer in the file.
    pub(super) fn node_taken(&self, node: &str) {
        self.change(|unapplied| {
            unapplied.nodes.remove(node);
            unapplied.out.remove(node);
        });
    }

    /// A node does not serve as the file says.
    pub(super) fn node_refused(&self, node: &str, why: &str) {
        let why = visible_lines(why);
        self.change(|unapplied| {
            unapplied.nodes.insert(node.to_owned(), why);
        });
    }

    /// A node was taken out of service.
    pub(super) fn node_out(&self, node: &str, why: &str) {
        let why = visible_lines(why);
        self.lock().out.insert(node.to_owned(), why);
    }

    /// The node serves again.
    pub(super) fn node_in(&self, node: &str) {
        self.lock().out.remove(node);
    }

    /// Why a node was taken out of service, if it was.
    pub(super) fn out(&self, node: &str) -> Option<String> {
        self.lock().out.get(node).cloned()
    }

    pub(super) fn is_applied(&self) -> bool {
        self.lock().is_empty()
    }

    pub(super) fn state(&self) -> SolutionState {
        let unapplied = self.lock();
        SolutionState {
            file: unapplied.file.clone(),
            nodes: unapplied.nodes.clone(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Unapplied> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
