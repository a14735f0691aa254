//! Publishing a revision: it is checked, then stored, then served.
//!
//! A revision that was stored but not yet served comes back after a crash, and
//! everything that serves was stored before. So nothing ever runs on a revision
//! that a restarted server would not know.

use std::sync::Arc;

use crate::store::{Change, Manifest, Source, StoredComponent, Trial, digest};
use hospes::node::{PublishError, Staged};
use hospes::outcome::RevisionId;
use hospes::signature::Signature;
use hospes::swap::{Approval, Changes, Rollout, Unmet};
use hospes_solution::Grants;

use super::approvals::PendingApproval;
use super::records::Published;
use super::state::{Declared, Deployer};
use crate::error::DeployError;

/// What to publish.
pub(super) struct Candidate<'a> {
    pub(super) node: &'a str,
    pub(super) component: &'a [u8],
    pub(super) grants: &'a Grants,
    pub(super) source: &'a Source,
    pub(super) change: Change,
    pub(super) why: &'a str,
    pub(super) approval: Approval,
}

impl Candidate<'_> {
    /// What an operator calls it.
    fn what(&self) -> &'static str {
        match self.change {
            Change::RolledBack => "earlier revision",
            _ => "component",
        }
    }

    /// The change that someone would approve.
    fn asked(&self, serving: u64, changes: &Changes) -> PendingApproval {
        let (digest, grants) = (digest(self.component), self.grants.fingerprint());
        PendingApproval::new(self.node, digest, &grants, serving, changes)
    }
}

/// What was published.
#[derive(Debug)]
#[non_exhaustive]
pub struct Deployed {
    /// The revision that serves now, or is a canary or shadow.
    pub revision: Arc<RevisionId>,
    /// What served before, or what serves besides the canary or shadow.
    pub previous: Option<Arc<RevisionId>>,
    /// What is different.
    pub changes: Changes,
    /// How it serves: alone, or as a canary or shadow beside `previous`.
    pub rollout: Rollout,
}

/// Options of an upload. By default, nothing is approved, and everything else is
/// as the solution file says.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct UploadOptions {
    /// What is approved in advance. Defaults to [`Approval::Same`].
    pub approval: Approval,
    /// Why, for the history. Empty by default.
    pub why: String,
    /// How it starts to serve. Defaults to what the solution file says.
    pub rollout: Option<Rollout>,
    /// A signature in place of the solution's signature file. Defaults to none.
    pub signature: Option<Signature>,
}

impl Default for UploadOptions {
    fn default() -> UploadOptions {
        UploadOptions {
            approval: Approval::Same,
            why: String::new(),
            rollout: None,
            signature: None,
        }
    }
}

/// How often a publish is retried because another one came first.
const TRIES: usize = 3;

impl Deployer {
    /// The most bytes of an uploaded component of this node.
    ///
    /// # Errors
    ///
    /// [`DeployError::NotGranted`] if there are no grants for this node.
    pub fn upload_limit(&self, node: &str) -> Result<u64, DeployError> {
        Ok(self.declared(node)?.grants.limits.component)
    }

    /// Publishes an uploaded component with the node's grants. It is checked
    /// completely first, and on disk before it serves.
    ///
    /// It compiles and waits for the disk, so it blocks.
    ///
    /// # Errors
    ///
    /// Any fault of the component. Then the current revision goes on serving.
    pub fn upload(
        &self,
        node: &str,
        component: &[u8],
        options: UploadOptions,
    ) -> Result<Deployed, DeployError> {
        let declared = self.declared(node)?;
        let mut grants = declared.grants.clone();
        if let Some(rollout) = options.rollout {
            grants.admission.rollout = rollout;
        }
        if let Some(signature) = options.signature {
            grants.admission.signature = None;
            grants.admission.signatures = vec![signature];
        }
        let deployed = self.deploy(&Candidate {
            node,
            component,
            grants: &grants,
            source: &declared.source,
            change: Change::Uploaded,
            why: &options.why,
            approval: options.approval,
        })?;
        if deployed.rollout == Rollout::All {
            self.taken_over(node, &declared);
        }
        Ok(deployed)
    }

    /// Whether the node serves with the solution file's current grants.
    pub(super) fn taken_over(&self, node: &str, declared: &Arc<Declared>) {
        let mut sources = self.sources_mut();
        // Unless the file has changed since.
        if let Some(now) = sources.get_mut(node)
            && now.source.grants == declared.source.grants
        {
            *now = Arc::new(Declared {
                grants: now.grants.clone(),
                source: now.source.clone(),
                taken: now.source.clone(),
            });
            drop(sources);
            self.applied.node_taken(node);
        }
    }

    /// The node serves with less than any solution file granted.
    pub(super) fn not_taken_over(&self, node: &str) {
        let mut sources = self.sources_mut();
        if let Some(now) = sources.get_mut(node) {
            *now = Arc::new(Declared {
                grants: now.grants.clone(),
                source: now.source.clone(),
                taken: Source {
                    component: now.taken.component.clone(),
                    ..Source::default()
                },
            });
        }
    }

    /// The solution file's grants of a node, even of one that was removed.
    pub(super) fn declared(&self, node: &str) -> Result<Arc<Declared>, DeployError> {
        self.source(node).ok_or_else(|| DeployError::NotGranted {
            node: node.to_owned(),
        })
    }

    pub(super) fn deploy(&self, candidate: &Candidate<'_>) -> Result<Deployed, DeployError> {
        // The same signatures are checked and stored.
        let mut grants = candidate.grants.clone();
        grants.admission.read_signatures()?;
        let candidate = &Candidate {
            grants: &grants,
            ..*candidate
        };
        // The disk writes while the component is compiled.
        std::thread::scope(|scope| {
            let put = self
                .store
                .as_ref()
                .map(|store| scope.spawn(|| store.put(candidate.component)));
            let mut staged = self.stage(candidate)?;
            let stored = match put.map(|put| put.join()) {
                Some(Ok(stored)) => Some(stored?),
                Some(Err(_panic)) => {
                    return Err(DeployError::Internal("the store panicked".to_owned()));
                }
                None => None,
            };
            for _ in 1..TRIES {
                match self.publish(candidate, staged, stored.as_ref())? {
                    Ok(deployed) => return Ok(deployed),
                    // Something else was published since it was compared.
                    Err(Stale) => staged = self.stage(candidate)?,
                }
            }
            self.publish(candidate, staged, stored.as_ref())?
                .map_err(|Stale| {
                    let message = "other revisions are being published all the time";
                    DeployError::Superseded(message.to_owned())
                })
        })
    }

    fn stage(&self, candidate: &Candidate<'_>) -> Result<(Staged, u64), DeployError> {
        let serving = self.serving(candidate.node).map_or(0, |id| id.generation);
        let config = candidate.grants.config_for(candidate.component);
        let config = config?.note(candidate.why);
        let staged = self.runtime.stage(candidate.node, config)?;
        let unmet: Vec<String> = staged
            .changes()
            .unmet
            .iter()
            .filter(|unmet| !matches!(unmet, Unmet::Egress { .. }))
            .map(ToString::to_string)
            .collect();
        if !unmet.is_empty() {
            return Err(DeployError::Unmet(unmet));
        }
        Ok((staged, serving))
    }

    fn publish(
        &self,
        candidate: &Candidate<'_>,
        (staged, compared): (Staged, u64),
        stored: Option<&StoredComponent>,
    ) -> Result<Result<Deployed, Stale>, DeployError> {
        let _one = self.changing();
        let previous = self.serving(candidate.node);
        let serving = previous.as_ref().map_or(0, |id| id.generation);
        if staged.id().generation < serving {
            return Err(superseded(serving));
        }
        if serving != compared {
            return Ok(Err(Stale));
        }
        // Never publish with grants of an outdated solution file.
        let now = self.source(candidate.node);
        let now = now.map(|declared| declared.source.grants.clone());
        if candidate.change != Change::RolledBack && now != Some(candidate.source.grants.clone()) {
            let message = "the solution file has changed in the meantime";
            return Err(DeployError::Superseded(message.to_owned()));
        }
        let mut changes = staged.changes().clone();
        if let Some(before) = self.runtime.node(candidate.node) {
            let after = staged.description();
            if let Some(dependents) = &self.dependents {
                let lines = dependents.broken_by(candidate.node, &before.description, after);
                changes.breaking.extend(lines);
            }
        }
        let mut approval = candidate.approval;
        let needs_approval = changes.needs_approval(approval);
        let asked = needs_approval.then(|| candidate.asked(serving, &changes));
        if let Some(asked) = &asked
            && self.approvals.may_pass(asked)
        {
            approval = Approval::Wider;
        }
        let what = candidate.what();
        let needed = |changes| self.approvals.needed(what, changes, asked.as_ref());
        // A change that needs approval is not stored; the runtime tells its observer.
        let held = changes.needs_approval(approval);
        if held && !staged.changes().needs_approval(approval) {
            return Err(needed(&changes));
        }
        let id = Arc::clone(staged.id());
        // Alone, if no revision serves that it could be compared with.
        let rollout = match previous {
            Some(_) => candidate.grants.admission.rollout.clone(),
            None => Rollout::All,
        };
        if !held {
            self.write(candidate, &id, &rollout, stored)?;
        }
        if let Err(error) = self.runtime.publish(staged, approval) {
            if !held {
                self.unwrite(candidate.node, &id, &rollout)?;
            }
            return Err(match error {
                PublishError::NeedsApproval { changes: held, .. } => {
                    let mut held = Changes::clone(&held);
                    if approval == Approval::Same {
                        held.breaking = changes.breaking;
                    }
                    needed(&held)
                }
                PublishError::Superseded { by } => superseded(by),
                _ => DeployError::Internal(error.to_string()),
            });
        }
        self.approvals.passed(asked.as_ref());
        match rollout {
            Rollout::All => self.note(candidate.node, &id, candidate.grants),
            _ => self.note_trial(candidate.node, &id, candidate.grants),
        }
        Ok(Ok(Deployed {
            revision: id,
            previous,
            changes,
            rollout,
        }))
    }

    /// Stores a revision.
    fn write(
        &self,
        candidate: &Candidate<'_>,
        id: &RevisionId,
        rollout: &Rollout,
        stored: Option<&StoredComponent>,
    ) -> Result<(), DeployError> {
        let (Some(store), Some(stored)) = (&self.store, stored) else {
            return Ok(());
        };
        let grants = candidate.grants.clone();
        let mut manifest = Manifest::new(candidate.node, id.generation, &id.digest, grants);
        manifest.version.clone_from(&id.version);
        manifest.change = candidate.change;
        candidate.why.clone_into(&mut manifest.why);
        manifest.source = candidate.source.clone();
        let written = match rollout {
            Rollout::All => store.commit(stored, manifest),
            _ => store.commit_trial(stored, Trial::new(manifest, rollout.clone())),
        };
        Ok(written?)
    }

    /// Undoes that.
    fn unwrite(&self, node: &str, id: &RevisionId, rollout: &Rollout) -> Result<(), DeployError> {
        let Some(store) = &self.store else {
            return Ok(());
        };
        let taken = match rollout {
            Rollout::All => store.withdraw(node, id.generation),
            _ => store.abort_trial(node, "it was not published"),
        };
        Ok(taken?)
    }

    /// Remembers the grants of the revision that serves.
    pub(super) fn note(&self, node: &str, id: &RevisionId, grants: &Grants) {
        let record = self.record_or_new(node);
        record.published(Published::new(id, grants));
        self.applied.node_in(node);
    }

    /// The same for a canary or shadow.
    pub(super) fn note_trial(&self, node: &str, id: &RevisionId, grants: &Grants) {
        let record = self.record_or_new(node);
        record.tried(Published::new(id, grants));
    }

    /// The revision of a node that serves.
    pub(super) fn serving(&self, node: &str) -> Option<Arc<RevisionId>> {
        self.status(node).map(|status| status.revision)
    }

    /// Removes from the store what is too old to keep. What can't be removed
    /// stays.
    pub fn collect(&self) {
        let Some(store) = &self.store else { return };
        match store.collect(&self.retention, jiff::Timestamp::now()) {
            Ok(_) => {}
            Err(error) => {
                tracing::warn!(target: "hospes::store", %error, "old revisions could not be removed")
            }
        }
    }
}

/// Another revision serves than the one that the staged one was compared with.
struct Stale;

fn superseded(by: u64) -> DeployError {
    DeployError::Superseded(format!(
        "generation {by} was published or removed in the meantime"
    ))
}
