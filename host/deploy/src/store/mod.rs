//! Revisions and sessions on disk. A host that is killed at any moment comes back with
//! exactly what served before.
//!
//! ```text
//! DIR/lock                           held by the one process that uses it
//! DIR/store.key                      the key of all seals, unless it is kept elsewhere
//! DIR/form                           says that all files are sealed, and carries a seal
//! DIR/components/HEX.wasm            a component, named by its SHA-256
//! DIR/revisions/NODE/GENERATION-SEAL.json   a manifest
//! DIR/trials/NODE.json               a canary or shadow, with its seal in the first line
//! DIR/sessions/NAME.json             a session, with its seal in the first line, or encrypted
//! ```
//!
//! A [`Manifest`] has everything about a revision but the component's bytes and
//! the values of secrets. Manifests are only ever added, and the one with the
//! highest generation serves: a single rename publishes a revision, rolls back
//! or removes a node. A [`Trial`] counts if its generation is even higher, so
//! any publish ends it.
//!
//! A file is written under a temporary name, forced to disk and renamed; then
//! the directory is forced to disk. A manifest is written after its component.
//!
//! A seal is a keyed hash over a file's content and its place: the node, the
//! generation. A file that is cut off, has a flipped bit, was moved or was written
//! by someone without the key is detected and never used. A seal can't detect that
//! a newer file was removed.

mod canary;
mod claim;
mod disk;
mod encrypt;
mod error;
mod form;
mod hex_key;
mod index;
mod layout;
mod lock;
mod manifest;
mod open;
mod retention;
mod seal;
mod sessions;
#[cfg(test)]
mod tests;
mod trial;
mod trials;

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use hospes::files;

use disk::{Disk, private_dir};
use error::AtPath;
use hospes_solution::is_name;
use index::Index;
use layout::{COMPONENTS, LARGEST_COMPONENT, REVISIONS};
use lock::Lock;

pub(crate) use claim::Claim;
pub use encrypt::SessionKey;
pub use error::{Damage, StoreError};
pub use form::Resealed;
pub use hex_key::KeyError;
pub use layout::digest;
pub use manifest::{Change, Manifest, Source};
pub use open::StoreBuilder;
pub use retention::{Collected, Retention};
pub use seal::StoreKey;
pub use sessions::SavedSessions;
pub use trial::Trial;

/// A directory of revisions. Its methods block; from async code, call them
/// through `tokio::task::spawn_blocking`.
pub struct Store {
    dir: PathBuf,
    disk: Box<dyn Disk>,
    key: StoreKey,
    resealed: Resealed,
    index: Mutex<Index>,
    /// Components that were put and may still be committed, with their counts.
    pins: Arc<Mutex<BTreeMap<String, usize>>>,
    /// The keys for encrypting sessions.
    session_keys: Vec<SessionKey>,
    /// Whether a deployer owns it.
    is_claimed: AtomicBool,
    _lock: Lock,
}

/// A component that is on disk. It is not removed while this exists.
#[derive(Debug)]
pub struct StoredComponent {
    digest: String,
    pins: Arc<Mutex<BTreeMap<String, usize>>>,
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store")
            .field("dir", &self.dir)
            .finish_non_exhaustive()
    }
}

impl Store {
    /// The directory.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// What was sealed when the store was opened.
    pub fn resealed(&self) -> Resealed {
        self.resealed
    }

    /// The damaged files that were found when the store was opened. None of
    /// them is used.
    pub fn damage(&self) -> Vec<Damage> {
        self.index().damage.clone()
    }

    /// Stores a component's bytes. Costs two forced writes if it is new,
    /// otherwise one. Any number of threads may put the same bytes at once.
    ///
    /// # Errors
    ///
    /// If it can't be written.
    pub fn put(&self, component: &[u8]) -> Result<StoredComponent, StoreError> {
        let digest = digest(component);
        let stored = self.pin(&digest);
        let path = self.component_path(&digest);
        // A damaged one is written again. The rename by another upload may not
        // have been forced to disk yet.
        if files::read_own(&path, component.len() as u64).is_ok_and(|there| there == component) {
            let dir = self.dir.join(COMPONENTS);
            self.disk.sync_dir(&dir).at(&dir)?;
            return Ok(stored);
        }
        disk::replace(&*self.disk, &path, component).at(&path)?;
        Ok(stored)
    }

    /// A component's bytes, checked against its digest.
    ///
    /// # Errors
    ///
    /// If it is missing or damaged.
    pub fn component(&self, digest: &str) -> Result<Vec<u8>, StoreError> {
        let path = self.component_path(digest);
        let bytes = files::read_own(&path, LARGEST_COMPONENT).at(&path)?;
        if layout::digest(&bytes) != digest {
            return Err(StoreError::Damaged(Damage {
                path,
                message: "its content does not have the digest in its name".to_owned(),
            }));
        }
        Ok(bytes)
    }

    /// Publishes a revision: a restarted host then comes back with it. Costs
    /// two forced writes.
    ///
    /// # Errors
    ///
    /// If the manifest is of another component, or its generation is not higher
    /// than all before it of its node. If it can't be written; then the
    /// previous one is still published.
    pub fn commit(&self, stored: &StoredComponent, manifest: Manifest) -> Result<(), StoreError> {
        let mut index = self.index();
        self.fits(&index, stored, &manifest)?;
        let dir = self.dir.join(REVISIONS).join(&manifest.node);
        if !dir.is_dir() {
            private_dir(&dir).at(&dir)?;
            self.disk.sync_dir(&self.dir.join(REVISIONS)).at(&dir)?;
        }
        let text = manifest.to_json();
        let name = self
            .key
            .file_name(&manifest.node, manifest.generation, &text);
        let path = dir.join(name);
        disk::replace(&*self.disk, &path, text.as_bytes()).at(&path)?;
        index.add(path, manifest);
        Ok(())
    }

    /// Checks that a manifest can be the next one of its node.
    fn fits(
        &self,
        index: &Index,
        stored: &StoredComponent,
        manifest: &Manifest,
    ) -> Result<(), StoreError> {
        let refuse = |why: &str| StoreError::Manifest {
            node: manifest.node.clone(),
            message: why.to_owned(),
        };
        if !is_name(&manifest.node) {
            return Err(refuse("a node's name has letters, digits, `-` and `_`"));
        }
        if stored.digest != manifest.digest {
            return Err(refuse("the manifest is of another component"));
        }
        if let Some(last) = index.highest(&manifest.node)
            && manifest.generation <= last
        {
            return Err(refuse(&format!(
                "generation {} is not above {last}, which was published in the meantime",
                manifest.generation
            )));
        }
        Ok(())
    }

    /// Withdraws a revision that was committed but could not serve. The
    /// previous one is published again.
    ///
    /// # Errors
    ///
    /// If its manifest can't be removed.
    pub fn withdraw(&self, node: &str, generation: u64) -> Result<(), StoreError> {
        let mut index = self.index();
        let Some(entry) = index.take(node, generation) else {
            return Ok(());
        };
        let dir = entry.path.parent().unwrap_or(Path::new("."));
        let removed = self
            .disk
            .remove(&entry.path)
            .and_then(|()| self.disk.sync_dir(dir));
        removed.at(&entry.path)
    }

    /// The highest generation of any manifest or trial; 0 if there is none.
    pub fn highest_generation(&self) -> u64 {
        let index = self.index();
        let trials = index.trials.values();
        let tried = trials.map(|trial| trial.manifest.generation);
        let published = index.nodes().filter_map(|node| index.highest(node));
        published.chain(tried).max().unwrap_or(0)
    }

    /// The nodes that have a manifest, including removed ones.
    pub fn nodes(&self) -> Vec<String> {
        self.index().nodes().map(str::to_owned).collect()
    }

    /// What is published of a node: its newest manifest.
    ///
    /// # Errors
    ///
    /// If its newest manifest is damaged. Then it is unknown what served, and
    /// an older one may grant what has been revoked since.
    pub fn published(&self, node: &str) -> Result<Option<Manifest>, StoreError> {
        let index = self.index();
        if let Some(damage) = index.newest_damage(node) {
            return Err(StoreError::Damaged(damage));
        }
        Ok(index
            .history(node)
            .last()
            .map(|entry| entry.manifest.clone()))
    }

    /// Every stored manifest of a node, oldest first.
    pub fn history(&self, node: &str) -> Vec<Manifest> {
        let index = self.index();
        let entries = index.history(node).iter();
        entries.map(|entry| entry.manifest.clone()).collect()
    }

    /// Pins a stored component, so that it can be committed again.
    ///
    /// # Errors
    ///
    /// As [`Store::component`].
    pub fn pinned(&self, digest: &str) -> Result<(StoredComponent, Vec<u8>), StoreError> {
        let stored = self.pin(digest);
        Ok((stored, self.component(digest)?))
    }

    fn component_path(&self, digest: &str) -> PathBuf {
        let hex = digest.strip_prefix("sha256:").unwrap_or(digest);
        self.dir.join(COMPONENTS).join(format!("{hex}.wasm"))
    }

    fn pin(&self, digest: &str) -> StoredComponent {
        let mut pins = self.pins.lock().unwrap_or_else(PoisonError::into_inner);
        *pins.entry(digest.to_owned()).or_default() += 1;
        StoredComponent {
            digest: digest.to_owned(),
            pins: Arc::clone(&self.pins),
        }
    }

    fn index(&self) -> MutexGuard<'_, Index> {
        self.index.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl StoredComponent {
    /// `sha256:` and the digest in lower-case hexadecimal.
    pub fn digest(&self) -> &str {
        &self.digest
    }
}

impl Drop for StoredComponent {
    fn drop(&mut self) {
        let mut pins = self.pins.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = pins.get_mut(&self.digest) {
            *count -= 1;
            if *count == 0 {
                pins.remove(&self.digest);
            }
        }
    }
}
