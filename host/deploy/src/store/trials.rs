//! Storing which revision is a canary or shadow.

use std::path::PathBuf;

use super::error::AtPath;
use super::layout::TRIALS;
use super::seal::Kind;
use super::{Store, StoreError, StoredComponent, Trial, disk};

impl Store {
    /// Stores that a revision is its node's canary or shadow, replacing any
    /// other. Costs two forced writes.
    ///
    /// # Errors
    ///
    /// If the manifest is of another component, or its generation is not higher
    /// than everything published of its node. If it can't be written.
    pub fn commit_trial(&self, stored: &StoredComponent, trial: Trial) -> Result<(), StoreError> {
        let mut index = self.index();
        self.fits(&index, stored, &trial.manifest)?;
        self.write_trial(&trial)?;
        index.trials.insert(trial.manifest.node.clone(), trial);
        Ok(())
    }

    /// The latest trial of a node, active or aborted, if nothing was published
    /// since.
    pub fn trial(&self, node: &str) -> Option<Trial> {
        self.index().trial(node).cloned()
    }

    /// Stores that the trial of a node was aborted. Does nothing without a
    /// trial.
    ///
    /// # Errors
    ///
    /// If it can't be written.
    pub fn abort_trial(&self, node: &str, reason: &str) -> Result<(), StoreError> {
        let mut index = self.index();
        let trial = index.trial(node).filter(|trial| trial.aborted.is_none());
        let Some(mut trial) = trial.cloned() else {
            return Ok(());
        };
        trial.aborted = Some(reason.to_owned());
        self.write_trial(&trial)?;
        index.trials.insert(node.to_owned(), trial);
        Ok(())
    }

    fn write_trial(&self, trial: &Trial) -> Result<(), StoreError> {
        let path = self.trial_path(&trial.manifest.node);
        let text = trial.to_json();
        let seal = self.key.line(Kind::Trial, &trial.manifest.node, &text);
        let content = format!("{seal}\n{text}");
        disk::replace(&*self.disk, &path, content.as_bytes()).at(&path)
    }

    fn trial_path(&self, node: &str) -> PathBuf {
        self.dir.join(TRIALS).join(format!("{node}.json"))
    }
}
