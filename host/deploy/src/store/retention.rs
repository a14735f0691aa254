//! Which old revisions are kept, and the removal of the others.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::PoisonError;
use std::time::Duration;

use jiff::Timestamp;

use super::error::AtPath;
use super::index::Index;
use super::layout::COMPONENTS;
use super::{Store, StoreError};

/// How many old revisions of a node are kept, and for how long. The revision
/// that serves and the one before it are always kept.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Retention {
    /// The most revisions of a node. Defaults to 20.
    pub revisions: usize,
    /// The greatest age of a revision. Defaults to 90 days.
    pub age: Duration,
}

impl Default for Retention {
    fn default() -> Retention {
        Retention {
            revisions: 20,
            age: Duration::from_secs(90 * 24 * 60 * 60),
        }
    }
}

/// What was removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Collected {
    /// Manifests.
    pub revisions: usize,
    /// Components that no manifest and no trial names any more.
    pub components: usize,
}

impl Store {
    /// Removes old revisions, and the components that only they name.
    ///
    /// It may be interrupted at any point: manifests go first, oldest first,
    /// and a component goes after everything that names it.
    ///
    /// # Errors
    ///
    /// If a file can't be removed.
    pub fn collect(&self, retention: &Retention, now: Timestamp) -> Result<Collected, StoreError> {
        let mut index = self.index();
        let mut collected = Collected::default();
        let mut gone = BTreeSet::new();
        let nodes: Vec<String> = index.nodes().map(str::to_owned).collect();
        for node in &nodes {
            let entries = index.history(node);
            for (place, entry) in entries.iter().rev().enumerate().skip(2) {
                let age = now.duration_since(entry.manifest.at);
                let old = Duration::try_from(age).is_ok_and(|age| age > retention.age);
                if old || place >= retention.revisions {
                    gone.insert(entry.path.clone());
                }
            }
        }
        for path in &gone {
            self.remove(path)?;
            collected.revisions += 1;
        }
        let dirs: BTreeSet<&Path> = gone.iter().filter_map(|path| path.parent()).collect();
        for dir in dirs {
            self.sync(dir)?;
        }
        index.retain(|path| !gone.contains(path));
        // A damaged manifest may name any component.
        if !index.damage.is_empty() {
            return Ok(collected);
        }
        let named = |index: &Index| -> BTreeSet<PathBuf> {
            let entries = nodes.iter().flat_map(|node| index.history(node));
            let manifests = entries.map(|entry| &entry.manifest);
            let trials = nodes.iter().filter_map(|node| index.trial(node));
            let tried = trials.filter(|trial| trial.aborted.is_none());
            let digests = manifests
                .chain(tried.map(|trial| &trial.manifest))
                .map(|of| of.digest.as_str());
            digests.map(|digest| self.component_path(digest)).collect()
        };
        let named = named(&index);
        let dir = self.dir.join(COMPONENTS);
        // Nothing can be pinned while this is locked, and what is pinned stays.
        let pins = self.pins.lock().unwrap_or_else(PoisonError::into_inner);
        let pinned: BTreeSet<PathBuf> = pins
            .keys()
            .map(|digest| self.component_path(digest))
            .collect();
        for entry in fs::read_dir(&dir).at(&dir)? {
            let path = entry.at(&dir)?.path();
            let component = path
                .extension()
                .is_some_and(|extension| extension == "wasm");
            if component && !named.contains(&path) && !pinned.contains(&path) {
                self.remove(&path)?;
                collected.components += 1;
            }
        }
        Ok(collected)
    }

    fn remove(&self, path: &Path) -> Result<(), StoreError> {
        self.disk.remove(path).at(path)
    }

    fn sync(&self, dir: &Path) -> Result<(), StoreError> {
        self.disk.sync_dir(dir).at(dir)
    }
}
