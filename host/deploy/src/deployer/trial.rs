//! Deciding about a canary or a shadow.

use std::sync::Arc;

use crate::store::{Change, Trial};
use hospes::outcome::RevisionId;
use hospes::swap::{Changes, Rollout, TrialStatus};
use jiff::Timestamp;

use super::publish::Deployed;
use super::state::Deployer;
use crate::error::DeployError;
use crate::text::visible;

impl Deployer {
    /// Promotes the canary or shadow of a node: it then serves alone.
    ///
    /// # Errors
    ///
    /// If it has none, or the change can't be stored.
    pub fn promote(&self, node: &str, why: &str) -> Result<Deployed, DeployError> {
        let _one = self.changing();
        let (previous, trial) = self.trying(node)?;
        let generation = trial.revision.generation;
        self.write_promotion(node, generation, why)?;
        if self.runtime.promote(node).is_err() {
            // It ended automatically in the meantime.
            if let Some(store) = &self.store {
                store.withdraw(node, generation)?;
            }
            return Err(no_trial(node));
        }
        self.note_promotion(node, generation);
        Ok(Deployed {
            revision: trial.revision,
            previous: Some(previous),
            changes: Changes::default(),
            rollout: Rollout::All,
        })
    }

    /// Remembers that a trial was promoted.
    pub(super) fn note_promotion(&self, node: &str, generation: u64) {
        if let Some(record) = self.record(node) {
            record.promoted(generation);
        }
    }

    pub(super) fn write_promotion(
        &self,
        node: &str,
        generation: u64,
        why: &str,
    ) -> Result<(), DeployError> {
        let Some(store) = &self.store else {
            return Ok(());
        };
        let trial = store
            .trial(node)
            .filter(|trial| trial.manifest.generation == generation);
        let Some(Trial { mut manifest, .. }) = trial else {
            let message = "it can't be stored: the store does not have the trial";
            return Err(DeployError::Internal(message.to_owned()));
        };
        let (stored, _) = store.pinned(&manifest.digest)?;
        manifest.change = Change::Promoted;
        manifest.at = Timestamp::now();
        why.clone_into(&mut manifest.why);
        Ok(store.commit(&stored, manifest)?)
    }

    /// Aborts the canary or shadow of a node. It stops serving first, then that
    /// is stored.
    ///
    /// # Errors
    ///
    /// If it has none, or the change can't be stored.
    pub fn abort(&self, node: &str, why: &str) -> Result<Deployed, DeployError> {
        let _one = self.changing();
        self.end_trial(node, why)
    }

    /// The same within another change.
    pub(super) fn end_trial(&self, node: &str, why: &str) -> Result<Deployed, DeployError> {
        let (serving, trial) = self.trying(node)?;
        self.runtime.abort(node, why).map_err(|_| no_trial(node))?;
        if let Some(store) = &self.store {
            store.abort_trial(node, why)?;
        }
        Ok(Deployed {
            revision: serving,
            previous: Some(trial.revision),
            changes: Changes::default(),
            rollout: Rollout::All,
        })
    }

    /// The revision that serves, and its trial.
    fn trying(&self, node: &str) -> Result<(Arc<RevisionId>, TrialStatus), DeployError> {
        let status = self.status(node).ok_or_else(|| self.unknown(node))?;
        let trial = status.trial.ok_or_else(|| no_trial(node))?;
        Ok((status.revision, trial))
    }

    /// The stored trial, if it still counts.
    pub(super) fn restore_trial(&self, node: &str) -> Option<Trial> {
        let store = self.store.as_ref()?;
        let trial = store.trial(node)?;
        if trial.aborted.is_some() {
            return Some(trial);
        }
        if let Err(error) = self.try_again(node, &trial) {
            let reason = visible(&error.to_string());
            tracing::error!(target: "hospes::serve", node, "its trial has ended: {reason}");
            if let Err(error) = store.abort_trial(node, &reason) {
                tracing::error!(target: "hospes::store", node, "the end of its trial could not be stored: {error}");
            }
        }
        Some(trial)
    }

    fn try_again(&self, node: &str, trial: &Trial) -> Result<(), DeployError> {
        let Some(store) = &self.store else {
            return Ok(());
        };
        let manifest = &trial.manifest;
        let component = store.component(&manifest.digest)?;
        let config = manifest.grants.config_for(component)?.note(&manifest.why);
        let config = config.rollout(trial.rollout.clone());
        let id = self.runtime.load_as(node, manifest.generation, config)?;
        self.note_trial(node, &id, &manifest.grants);
        tracing::info!(target: "hospes::serve", node, generation = id.generation, digest = id.digest, "trial restored");
        Ok(())
    }
}

fn no_trial(node: &str) -> DeployError {
    DeployError::NoTrial {
        node: node.to_owned(),
    }
}
