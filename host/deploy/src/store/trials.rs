//! Writing down which revision takes part in serving.

use std::path::PathBuf;

use super::error::AtPath;
use super::layout::TRIALS;
use super::seal::Kind;
use super::{Store, StoreError, StoredComponent, Trial, disk};

impl Store {
    /// Writes down that a revision takes part in serving, in place of another
    /// one of its node. Costs two forced writes.
    ///
    /// # Errors
    ///
    /// A manifest of another component, or of a generation that is not higher
    /// than that of everything published of its node; or if it can't be written.
    pub fn commit_trial(&self, stored: &StoredComponent, trial: Trial) -> Result<(), StoreError> {
        let mut index = self.index();
        self.fits(&index, stored, &trial.manifest)?;
        self.write_trial(&trial)?;
        index.trials.insert(trial.manifest.node.clone(), trial);
        Ok(())
    }

    /// The latest trial of a node, if nothing was published since: whether it
    /// still takes part or was aborted.
    pub fn trial(&self, node: &str) -> Option<Trial> {
        self.index().trial(node).cloned()
    }

    /// Writes down that the trial of a node has been aborted. Without a trial,
    /// nothing.
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
