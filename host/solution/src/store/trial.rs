//! The revision that takes part in serving, beside the published one of its
//! node: a file for each node.

use std::path::{Path, PathBuf};

use hospes::files;
use hospes::swap::Rollout;
use serde::{Deserialize, Serialize};

use super::form::stem;
use super::index::sorted;
use super::seal::{self, Kind, StoreKey};
use super::{Damage, LARGEST_TEXT, Manifest, Store, StoreError, Stored, TRIALS, disk};
use crate::secret::Vaults;

/// A canary or a shadow, with everything that makes it one.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Trial {
    /// The revision. Promoted, it is published with this generation.
    pub manifest: Manifest,
    /// How it takes part.
    pub rollout: Rollout,
    /// Why it does no longer; nothing if it does.
    pub aborted: Option<String>,
}

impl Trial {
    /// A revision that takes part in serving from now on.
    pub fn new(manifest: Manifest, rollout: Rollout) -> Trial {
        Trial {
            manifest,
            rollout,
            aborted: None,
        }
    }

    fn to_json(&self) -> String {
        let file = File {
            how: self.rollout.clone(),
            aborted: self.aborted.clone(),
            manifest: self.manifest.to_json(),
        };
        // Texts and numbers only.
        serde_json::to_string_pretty(&file).unwrap_or_default()
    }

    fn from_json(text: &str, vaults: &Vaults) -> Result<Trial, String> {
        let file: File = serde_json::from_str(text).map_err(|error| error.to_string())?;
        Ok(Trial {
            manifest: Manifest::from_json(&file.manifest, vaults)?,
            rollout: file.how,
            aborted: file.aborted,
        })
    }
}

impl Store {
    /// Writes down that a revision takes part in serving, in place of another
    /// one of its node. Costs two forced writes.
    ///
    /// # Errors
    ///
    /// A manifest of another component, or of a generation that is not higher
    /// than that of everything published of its node; or if it can't be written.
    pub fn try_beside(&self, stored: &Stored, trial: Trial) -> Result<(), StoreError> {
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
        disk::replace(&*self.disk, &path, content.as_bytes())
            .map_err(|error| StoreError::io(&path, error))
    }

    fn trial_path(&self, node: &str) -> PathBuf {
        self.dir.join(TRIALS).join(format!("{node}.json"))
    }
}

/// The trials of a directory, and the files that are not what was written.
pub(super) fn read_all(
    dir: &Path,
    key: &StoreKey,
    vaults: &Vaults,
) -> Result<(Vec<Trial>, Vec<Damage>), StoreError> {
    let (mut trials, mut damage) = (Vec::new(), Vec::new());
    for path in sorted(dir)? {
        match read(&path, key, vaults) {
            Ok(trial) => trials.push(trial),
            Err(message) => damage.push(Damage { path, message }),
        }
    }
    Ok((trials, damage))
}

fn read(path: &Path, key: &StoreKey, vaults: &Vaults) -> Result<Trial, String> {
    let content = files::read_own_text(path, LARGEST_TEXT).map_err(|error| error.to_string())?;
    let node = stem(path);
    let trial = match content.split_once('\n') {
        Some((seal, text)) if key.line(Kind::Trial, node, text) == seal => {
            Trial::from_json(text, vaults)?
        }
        _ => return Err(seal::BROKEN.to_owned()),
    };
    if trial.manifest.node != node {
        return Err("it is the trial of another node".to_owned());
    }
    Ok(trial)
}

/// The file itself.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    how: Rollout,
    aborted: Option<String>,
    /// As the manifest's own file would be.
    manifest: String,
}
