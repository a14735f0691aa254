//! The canary or shadow beside a node's published revision: one file for each
//! node.

use std::path::Path;

use hospes::files;
use hospes::swap::Rollout;
use serde::{Deserialize, Serialize};

use super::layout::{LARGEST_TEXT, sorted, stem};
use super::seal::{self, Kind, StoreKey};
use super::{Damage, Manifest, StoreError};
use hospes_solution::secret::Vaults;

/// A canary or a shadow.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Trial {
    /// The revision. If it is promoted, it keeps this generation.
    pub manifest: Manifest,
    /// How it serves.
    pub rollout: Rollout,
    /// Why it was aborted; none if it was not.
    pub aborted: Option<String>,
}

impl Trial {
    /// A revision that is a canary or shadow from now on.
    pub fn new(manifest: Manifest, rollout: Rollout) -> Trial {
        Trial {
            manifest,
            rollout,
            aborted: None,
        }
    }

    pub(super) fn to_json(&self) -> String {
        let file = File {
            how: self.rollout.clone(),
            aborted: self.aborted.clone(),
            manifest: self.manifest.to_json(),
        };
        // It has only texts and numbers.
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

/// The trials of a directory, and the damaged files.
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
    /// Like the manifest's own file.
    manifest: String,
}
