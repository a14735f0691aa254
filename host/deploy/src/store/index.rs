//! The manifests of a store: those read when it was opened, and those added
//! since.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use hospes::files;

use super::disk::Disk;
use super::error::AtPath;
use super::layout::{LARGEST_TEXT, name, sorted};
use super::seal::{self, StoreKey};
use super::{Damage, Manifest, StoreError, Trial};
use hospes_solution::secret::Vaults;

/// A manifest and its file.
pub(super) struct Entry {
    pub(super) path: PathBuf,
    pub(super) manifest: Manifest,
}

/// Every manifest, and the damaged files.
#[derive(Default)]
pub(super) struct Index {
    /// By node, in the order of generations.
    nodes: BTreeMap<String, Vec<Entry>>,
    /// The last trial of each node, by node.
    pub(super) trials: BTreeMap<String, Trial>,
    pub(super) damage: Vec<Damage>,
    /// The newest damaged file of a node, with the generation in its name.
    broken: BTreeMap<String, (u64, Damage)>,
}

impl Index {
    pub(super) fn read(
        disk: &dyn Disk,
        dir: &Path,
        key: &StoreKey,
        vaults: &Vaults,
    ) -> Result<Index, StoreError> {
        let mut index = Index::default();
        for node in sorted(dir)? {
            let name = name(&node);
            files::check_own_dir(&node).at(&node)?;
            disk.sync_dir(&node).at(&node)?;
            let mut whole: BTreeMap<u64, Vec<(PathBuf, Manifest)>> = BTreeMap::new();
            for path in sorted(&node)? {
                match read(&path, &name, key, vaults) {
                    Ok(manifest) => {
                        let same = whole.entry(manifest.generation).or_default();
                        same.push((path, manifest));
                    }
                    Err(message) => index.damaged(&name, path, message),
                }
            }
            // A withdrawn one is sealed, too, and may have been put back.
            for same in whole.into_values() {
                let is_only = same.len() == 1;
                for (path, manifest) in same {
                    match is_only {
                        true => index.add(path, manifest),
                        false => index.damaged(&name, path, TWO.to_owned()),
                    }
                }
            }
        }
        Ok(index)
    }

    pub(super) fn add_trials(&mut self, (trials, damage): (Vec<Trial>, Vec<Damage>)) {
        let by_node = |trial: Trial| (trial.manifest.node.clone(), trial);
        self.trials.extend(trials.into_iter().map(by_node));
        self.damage.extend(damage);
    }

    /// The last trial of a node, if nothing was published since.
    pub(super) fn trial(&self, node: &str) -> Option<&Trial> {
        let trial = self.trials.get(node)?;
        let newest = self.highest(node).unwrap_or(0);
        (trial.manifest.generation > newest).then_some(trial)
    }

    pub(super) fn nodes(&self) -> impl Iterator<Item = &str> {
        self.nodes
            .keys()
            .chain(self.broken.keys())
            .map(String::as_str)
    }

    /// In the order of generations.
    pub(super) fn history(&self, node: &str) -> &[Entry] {
        self.nodes.get(node).map_or(&[], Vec::as_slice)
    }

    /// The highest generation in a node's files, damaged or not.
    pub(super) fn highest(&self, node: &str) -> Option<u64> {
        let whole = self
            .history(node)
            .last()
            .map(|entry| entry.manifest.generation);
        let broken = self.broken.get(node).map(|(generation, _)| *generation);
        whole.max(broken)
    }

    /// The damage of the node's newest file, if it is damaged.
    pub(super) fn newest_damage(&self, node: &str) -> Option<Damage> {
        let (generation, damage) = self.broken.get(node)?;
        let newest = self
            .history(node)
            .last()
            .map(|entry| entry.manifest.generation);
        (Some(*generation) > newest).then(|| damage.clone())
    }

    pub(super) fn add(&mut self, path: PathBuf, manifest: Manifest) {
        let entries = self.nodes.entry(manifest.node.clone()).or_default();
        entries.push(Entry { path, manifest });
        entries.sort_by_key(|entry| entry.manifest.generation);
    }

    /// Removes the entry of one generation.
    pub(super) fn take(&mut self, node: &str, generation: u64) -> Option<Entry> {
        let entries = self.nodes.get_mut(node)?;
        let place = entries
            .iter()
            .position(|entry| entry.manifest.generation == generation)?;
        Some(entries.remove(place))
    }

    /// Keeps only the entries that pass the test.
    pub(super) fn retain(&mut self, mut test: impl FnMut(&Path) -> bool) {
        for entries in self.nodes.values_mut() {
            entries.retain(|entry| test(&entry.path));
        }
    }

    fn damaged(&mut self, node: &str, path: PathBuf, message: String) {
        // A name without a generation may mean any.
        let generation = generation(&path).unwrap_or(u64::MAX);
        let damage = Damage { path, message };
        self.damage.push(damage.clone());
        let newest = self
            .broken
            .get(node)
            .is_none_or(|(other, _)| *other <= generation);
        if newest {
            self.broken.insert(node.to_owned(), (generation, damage));
        }
    }
}

const TWO: &str = "there is another manifest of this generation";

/// The generation in the name of a manifest's file.
pub(super) fn generation(path: &Path) -> Option<u64> {
    name(path).split_once('-')?.0.parse().ok()
}

/// A file's manifest, if the file is undamaged and in its place.
fn read(path: &Path, node: &str, key: &StoreKey, vaults: &Vaults) -> Result<Manifest, String> {
    let text = files::read_own_text(path, LARGEST_TEXT).map_err(|error| error.to_string())?;
    let broken = || seal::BROKEN.to_owned();
    let generation = generation(path).ok_or_else(broken)?;
    if name(path) != key.file_name(node, generation, &text) {
        return Err(broken());
    }
    let manifest = Manifest::from_json(&text, vaults)?;
    if manifest.node != node || manifest.generation != generation {
        return Err("it is the manifest of another revision".to_owned());
    }
    Ok(manifest)
}
