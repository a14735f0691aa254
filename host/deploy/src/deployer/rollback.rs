//! Rolling back to an earlier revision, and removing a node.

use std::sync::Arc;

use crate::store::{Change, Manifest, Source, Store};
use hospes::node::{Drain, RollbackError};
use hospes::swap::{Approval, ChangeKind, Changes, NodeStatus, Rollout};

use super::approvals::PendingApproval;
use super::publish::{Candidate, Deployed};
use super::records::Published;
use super::state::Deployer;
use crate::error::DeployError;

impl Deployer {
    /// Rolls back to an earlier revision: at once if the runtime keeps it,
    /// otherwise from the store.
    ///
    /// This is the emergency brake, so the revision serves first, and is stored
    /// before this returns.
    ///
    /// # Errors
    ///
    /// If that revision does not exist, or has more than what serves and that
    /// is not approved.
    pub fn roll_back(
        &self,
        node: &str,
        to: Option<u64>,
        approval: Approval,
        why: &str,
    ) -> Result<Deployed, DeployError> {
        let one = self.changing();
        let previous = self.serving(node).ok_or_else(|| self.unknown(node))?;
        let mut rolled_back = self.runtime.rollback(node, to, approval, why);
        let mut asked = None;
        if let Err(RollbackError::NeedsApproval { changes }) = &rolled_back {
            let subject = to.map_or("the revision before".to_owned(), |to| {
                format!("generation {to}")
            });
            let change = PendingApproval::new(node, subject, "", previous.generation, changes);
            if self.approvals.may_pass(&change) {
                rolled_back = self.runtime.rollback(node, to, Approval::Wider, why);
            }
            asked = Some(change);
        }
        match rolled_back {
            Ok(revision) => {
                self.approvals.passed(asked.as_ref());
                let earlier = self.repeated(node, revision.generation);
                let earlier = earlier.ok_or_else(|| {
                    DeployError::Internal("the current revision is unknown".to_owned())
                })?;
                self.note(node, &revision, &earlier.grants);
                self.write_down(node, revision.generation, &earlier, why)?;
                Ok(Deployed {
                    revision,
                    previous: Some(previous),
                    changes: Changes::default(),
                    rollout: Rollout::All,
                })
            }
            Err(RollbackError::Gone { .. } | RollbackError::Nothing { .. })
                if self.store.is_some() =>
            {
                drop(one);
                self.restage(node, to, approval, why)
            }
            Err(error @ RollbackError::Superseded { .. }) => {
                Err(DeployError::Superseded(error.to_string()))
            }
            Err(RollbackError::NeedsApproval { changes }) => {
                let what = "earlier revision";
                Err(self.approvals.needed(what, &changes, asked.as_ref()))
            }
            Err(RollbackError::Refused(error)) => Err(error.into()),
            Err(error @ RollbackError::Grant(_)) => Err(DeployError::Internal(error.to_string())),
            Err(error) => Err(DeployError::UnknownGeneration(error.to_string())),
        }
    }

    /// The revision behind a generation that a rollback made. If the runtime
    /// made it automatically, it may not be known yet.
    pub(super) fn repeated(&self, node: &str, generation: u64) -> Option<Published> {
        let (from, to, grants) = self.happened(node, generation, |how| match how {
            ChangeKind::RolledBack {
                from, to, grants, ..
            } => Some((from, to, grants)),
            _ => None,
        })?;
        let (earlier, later) = (self.revision_of(node, to)?, self.revision_of(node, from)?);
        let grants = earlier.grants.coming_back(&later.grants, grants == to);
        Some(Published {
            generation,
            grants: Arc::new(grants),
            ..earlier
        })
    }

    fn revision_of(&self, node: &str, generation: u64) -> Option<Published> {
        let found = self.record(node)?.revision(generation);
        // Always an earlier one.
        found.or_else(|| self.repeated(node, generation))
    }

    /// The generation that a record of the history rolled back to, if it did.
    pub(super) fn happened<T>(
        &self,
        node: &str,
        generation: u64,
        what: impl Fn(ChangeKind) -> Option<T>,
    ) -> Option<T> {
        let history = self.runtime.history(node)?;
        let lines = history.into_iter().rev();
        lines
            .filter(|line| line.revision.generation == generation)
            .find_map(|line| what(line.how))
    }

    pub(super) fn write_down(
        &self,
        node: &str,
        generation: u64,
        earlier: &Published,
        why: &str,
    ) -> Result<(), DeployError> {
        let Some(store) = &self.store else {
            return Ok(());
        };
        let (stored, _) = store
            .pinned(&earlier.digest)
            .map_err(DeployError::NotKept)?;
        let mut manifest =
            Manifest::new(node, generation, &earlier.digest, (*earlier.grants).clone());
        manifest.version.clone_from(&earlier.version);
        manifest.change = Change::RolledBack;
        why.clone_into(&mut manifest.why);
        manifest.source = self.source_of(node);
        store
            .commit(&stored, manifest)
            .map_err(DeployError::NotKept)
    }

    /// What the store has from an earlier process.
    fn restage(
        &self,
        node: &str,
        to: Option<u64>,
        approval: Approval,
        why: &str,
    ) -> Result<Deployed, DeployError> {
        let none = || {
            let what = to.map_or("an earlier revision".to_owned(), |to| {
                format!("generation {to}")
            });
            let message = format!("`{node}` has no {what} any more");
            DeployError::UnknownGeneration(message.replace("no an", "no"))
        };
        let store = self.store.as_ref().ok_or_else(none)?;
        let manifest = earlier(store, node, to).ok_or_else(none)?;
        let (_stored, component) = store.pinned(&manifest.digest)?;
        let source = self.source_of(node);
        // The current requirements apply to it, too.
        let grants = match self.source(node) {
            Some(today) => {
                let mut today = today.grants.clone();
                today.admission.read_signatures()?;
                manifest.grants.coming_back(&today, true)
            }
            None => manifest.grants.coming_back(&*self.grants(node)?, true),
        };
        self.deploy(&Candidate {
            node,
            component: &component,
            grants: &grants,
            source: &source,
            change: Change::RolledBack,
            why,
            // The component itself was approved when it was first published.
            approval: match approval {
                Approval::Wider => Approval::Wider,
                _ => Approval::Known,
            },
        })
    }

    /// Removes a node: no new execution starts on it, even after a restart. What
    /// still runs continues until the deadline of the drain.
    ///
    /// # Errors
    ///
    /// If no such node serves, or the removal can't be stored.
    pub fn remove(&self, node: &str, why: &str) -> Result<Drain, DeployError> {
        let _one = self.changing();
        let status = self.status(node).ok_or_else(|| self.unknown(node))?;
        self.write_removal(&status, why, self.source_of(node))?;
        let drain = self.runtime.remove(node);
        let drain = drain.map_err(|_| self.unknown(node))?;
        self.forget_published(node);
        Ok(drain)
    }

    /// Forgets what serves of a node.
    pub(super) fn forget_published(&self, node: &str) {
        if let Some(record) = self.record(node) {
            record.removed();
        }
    }

    /// Stores that the node was removed.
    pub(super) fn write_removal(
        &self,
        status: &NodeStatus,
        why: &str,
        source: Source,
    ) -> Result<(), DeployError> {
        let (node, serving, trial) = (&*status.node, &status.revision, &status.trial);
        let Some(store) = &self.store else {
            return Ok(());
        };
        let (stored, _) = store.pinned(&serving.digest)?;
        let grants = (*self.grants(node)?).clone();
        // The runtime gives the removal a generation, too, which is at least
        // this one.
        let trial = trial.as_ref();
        let trial = trial.map_or(0, |trial| trial.revision.generation);
        let generation = serving.generation.max(trial) + 1;
        let mut manifest = Manifest::new(node, generation, &serving.digest, grants);
        manifest.version.clone_from(&serving.version);
        manifest.change = Change::Removed;
        why.clone_into(&mut manifest.why);
        manifest.source = source;
        Ok(store.commit(&stored, manifest)?)
    }

    /// The part of the solution file that a node follows.
    fn source_of(&self, node: &str) -> Source {
        self.source(node)
            .map(|declared| declared.taken.clone())
            .unwrap_or_default()
    }
}

/// The manifest to roll back to: that of a generation, or else the newest one
/// that is not what serves, was not rolled back from, and is newer than the
/// last removal of the node.
pub(super) fn earlier(store: &Store, node: &str, to: Option<u64>) -> Option<Manifest> {
    let mut history = store.history(node);
    if let Some(to) = to {
        history.pop();
        return history
            .into_iter()
            .rev()
            .find(|manifest| manifest.generation == to && manifest.change != Change::Removed);
    }
    let what = |manifest: &Manifest| (manifest.digest.clone(), manifest.grants.fingerprint());
    let mut gone = vec![what(history.last()?)];
    let mut later: Option<Manifest> = None;
    while let Some(manifest) = history.pop() {
        if later.is_some_and(|later| later.change == Change::RolledBack) {
            gone.push(what(&manifest));
        }
        // Removing a node also removes what served before.
        if manifest.change == Change::Removed {
            return None;
        }
        if !gone.contains(&what(&manifest)) {
            return Some(manifest);
        }
        later = Some(manifest);
    }
    None
}
