//! Revisions and sessions on disk: a host that is killed at any moment comes back with
//! exactly what served before.
//!
//! ```text
//! DIR/lock                           held by the one process that uses it
//! DIR/canary.key                     the key by which canaries choose their callers
//! DIR/components/HEX.wasm            a component, named by its SHA-256
//! DIR/revisions/NODE/GENERATION-HEX.json   a manifest, named by its own SHA-256
//! DIR/trials/NODE.json               a canary or shadow, with its SHA-256 in the first line
//! DIR/sessions/NAME.json             a session, with its SHA-256 in the first line, or encrypted
//! ```
//!
//! A [`Manifest`] says everything about a revision but the component's bytes
//! and the values of secrets. Manifests are only ever added: the one with the
//! highest generation is what serves, so that one rename publishes a revision,
//! takes one back or removes a node. A [`Trial`] counts if its generation is
//! higher still: whatever is published ends it.
//!
//! A file is written beside its place, forced to disk, renamed into its place,
//! and then the directory is forced to disk; the manifest follows when its
//! component is there. Names carry hashes, so a file that is cut off or has a
//! flipped bit is found out and never used.

mod canary;
mod disk;
mod error;
mod granted;
mod index;
mod keep;
mod lock;
mod manifest;
mod seal;
mod sessions;
#[cfg(test)]
mod tests;
mod trial;

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use hospes::files;
use sha2::{Digest, Sha256};

use crate::key::is_bare;
use crate::secret::{Vault, Vaults};
use disk::{Disk, RealDisk};
use index::Index;
use lock::Lock;

pub use error::{Damage, StoreError};
pub use keep::{Collected, Keep};
pub use manifest::{Change, Manifest, Source};
pub use seal::{SessionKey, SessionKeyError};
pub use sessions::SavedSessions;
pub use trial::Trial;

/// A directory of revisions. Its methods block; from async code, call them
/// through `tokio::task::spawn_blocking`.
pub struct Store {
    dir: PathBuf,
    disk: Box<dyn Disk>,
    index: Mutex<Index>,
    /// Components that were put and may be committed yet, with their counts.
    pins: Arc<Mutex<BTreeMap<String, usize>>>,
    /// What sessions are encrypted with.
    session_keys: Vec<SessionKey>,
    _lock: Lock,
}

/// A component that is on disk. For as long as this lives, it is not collected.
pub struct Stored {
    digest: String,
    pins: Arc<Mutex<BTreeMap<String, usize>>>,
}

impl Store {
    /// Opens a directory, and makes it if it is not there. Files that a crash
    /// left behind half-written are removed.
    ///
    /// # Errors
    ///
    /// A directory that another process uses, that others may read, or that
    /// can't be used.
    pub fn open(dir: impl Into<PathBuf>) -> Result<Store, StoreError> {
        Store::open_with_vaults(dir, [])
    }

    /// The same for a host with vaults of its own, by their schemes: manifests
    /// name secrets as solution files do. See [`Loader::vault`](crate::Loader::vault).
    ///
    /// # Errors
    ///
    /// As [`Store::open`]. A manifest with a secret from a vault that is not
    /// given is damaged.
    pub fn open_with_vaults(
        dir: impl Into<PathBuf>,
        vaults: impl IntoIterator<Item = (String, Arc<dyn Vault>)>,
    ) -> Result<Store, StoreError> {
        let vaults = vaults.into_iter().collect();
        Store::open_on(Box::new(RealDisk), dir.into(), &vaults)
    }

    fn open_on(disk: Box<dyn Disk>, dir: PathBuf, vaults: &Vaults) -> Result<Store, StoreError> {
        private_dir(&dir).map_err(|error| StoreError::io(&dir, error))?;
        let lock = Lock::take(&dir)?;
        for name in [COMPONENTS, REVISIONS, SESSIONS, TRIALS] {
            let path = dir.join(name);
            private_dir(&path).map_err(|error| StoreError::io(&path, error))?;
            remove_unfinished(&*disk, &path).map_err(|error| StoreError::io(&path, error))?;
        }
        // What an earlier process renamed may not have been forced to disk.
        for path in [
            dir.join(COMPONENTS),
            dir.join(REVISIONS),
            dir.join(SESSIONS),
            dir.join(TRIALS),
            dir.clone(),
        ] {
            let synced = disk.sync_dir(&path);
            synced.map_err(|error| StoreError::io(&path, error))?;
        }
        let mut index = Index::read(&*disk, &dir.join(REVISIONS), vaults)?;
        index.add_trials(trial::read_all(&dir.join(TRIALS), vaults)?);
        Ok(Store {
            dir,
            disk,
            index: Mutex::new(index),
            pins: Arc::default(),
            session_keys: Vec::new(),
            _lock: lock,
        })
    }

    /// The directory.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Files that are not what they should be, as they were found when the
    /// store was opened. None of them is used.
    pub fn damage(&self) -> Vec<Damage> {
        self.index().damage.clone()
    }

    /// Keeps a component's bytes. Costs two forced writes if it is new, and
    /// else one. Any number of threads may put the same bytes at once.
    ///
    /// # Errors
    ///
    /// If it can't be written.
    pub fn put(&self, component: &[u8]) -> Result<Stored, StoreError> {
        let digest = digest(component);
        let stored = self.pin(&digest);
        let path = self.component_path(&digest);
        // One that is there and damaged is written again. One that another
        // upload has just renamed may not have been forced to its place yet.
        if files::read_own(&path, component.len() as u64).is_ok_and(|there| there == component) {
            let dir = self.dir.join(COMPONENTS);
            let synced = self.disk.sync_dir(&dir);
            synced.map_err(|error| StoreError::io(&dir, error))?;
            return Ok(stored);
        }
        let written = disk::replace(&*self.disk, &path, component);
        written.map_err(|error| StoreError::io(&path, error))?;
        Ok(stored)
    }

    /// A component's bytes, checked against its digest.
    ///
    /// # Errors
    ///
    /// If it is not there, or not what it was.
    pub fn component(&self, digest: &str) -> Result<Vec<u8>, StoreError> {
        let path = self.component_path(digest);
        let bytes = files::read_own(&path, LARGEST_COMPONENT)
            .map_err(|error| StoreError::io(&path, error))?;
        if self::digest(&bytes) != digest {
            return Err(StoreError::Damaged(Damage {
                path,
                message: "its content does not have the digest in its name".to_owned(),
            }));
        }
        Ok(bytes)
    }

    /// Publishes a revision: from here on, it is what a restarted host comes
    /// back with. Costs two forced writes.
    ///
    /// # Errors
    ///
    /// A manifest of another component, or of a generation that is not higher
    /// than all of its node's before; or if it can't be written, and then
    /// what was published before still is.
    pub fn commit(&self, stored: &Stored, manifest: Manifest) -> Result<(), StoreError> {
        let mut index = self.index();
        self.fits(&index, stored, &manifest)?;
        let dir = self.dir.join(REVISIONS).join(&manifest.node);
        if !dir.is_dir() {
            private_dir(&dir).map_err(|error| StoreError::io(&dir, error))?;
            let synced = self.disk.sync_dir(&self.dir.join(REVISIONS));
            synced.map_err(|error| StoreError::io(&dir, error))?;
        }
        let text = manifest.to_json();
        let path = dir.join(index::file_name(manifest.generation, &text));
        disk::replace(&*self.disk, &path, text.as_bytes())
            .map_err(|error| StoreError::io(&path, error))?;
        index.add(path, manifest);
        Ok(())
    }

    /// Whether a manifest can be the next one of its node.
    fn fits(&self, index: &Index, stored: &Stored, manifest: &Manifest) -> Result<(), StoreError> {
        let refuse = |why: &str| StoreError::Manifest {
            node: manifest.node.clone(),
            message: why.to_owned(),
        };
        if !is_bare(&manifest.node) {
            return Err(refuse("a node's name has letters, digits, `-` and `_`"));
        }
        if stored.digest != manifest.digest {
            return Err(refuse("the manifest is of another component"));
        }
        if let Some(last) = index.highest(&manifest.node)
            && manifest.generation <= last
        {
            return Err(refuse(&format!(
                "generation {} is not above {last}, which was published meanwhile",
                manifest.generation
            )));
        }
        Ok(())
    }

    /// Takes back a revision that was committed and then could not serve: what
    /// was published before is published again.
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
        removed.map_err(|error| StoreError::io(&entry.path, error))
    }

    /// The highest generation that a manifest or trial has, of whatever node; 0
    /// if there is none.
    pub fn highest_generation(&self) -> u64 {
        let index = self.index();
        let trials = index.trials.values();
        let tried = trials.map(|trial| trial.manifest.generation);
        let published = index.nodes().filter_map(|node| index.highest(node));
        published.chain(tried).max().unwrap_or(0)
    }

    /// The nodes that have a manifest, also those that were removed.
    pub fn nodes(&self) -> Vec<String> {
        self.index().nodes().map(str::to_owned).collect()
    }

    /// What is published of a node: its newest manifest.
    ///
    /// # Errors
    ///
    /// If its newest manifest is damaged: what served is not known then, and
    /// an older one may grant what was taken back since.
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

    /// Every manifest of a node that is kept, oldest first.
    pub fn history(&self, node: &str) -> Vec<Manifest> {
        let index = self.index();
        let entries = index.history(node).iter();
        entries.map(|entry| entry.manifest.clone()).collect()
    }

    /// Pins a component that is there, so that it can be committed again.
    ///
    /// # Errors
    ///
    /// As [`Store::component`].
    pub fn again(&self, digest: &str) -> Result<(Stored, Vec<u8>), StoreError> {
        let stored = self.pin(digest);
        Ok((stored, self.component(digest)?))
    }

    fn component_path(&self, digest: &str) -> PathBuf {
        let hex = digest.strip_prefix("sha256:").unwrap_or(digest);
        self.dir.join(COMPONENTS).join(format!("{hex}.wasm"))
    }

    fn pin(&self, digest: &str) -> Stored {
        let mut pins = self.pins.lock().unwrap_or_else(PoisonError::into_inner);
        *pins.entry(digest.to_owned()).or_default() += 1;
        Stored {
            digest: digest.to_owned(),
            pins: Arc::clone(&self.pins),
        }
    }

    fn index(&self) -> MutexGuard<'_, Index> {
        self.index.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Stored {
    /// `sha256:` and the digest in lower-case hexadecimal.
    pub fn digest(&self) -> &str {
        &self.digest
    }
}

impl Drop for Stored {
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

/// As much as the limit `component` can be.
const LARGEST_COMPONENT: u64 = 1 << 30;
/// Far more than a manifest, a trial or a session has.
const LARGEST_TEXT: u64 = 64 << 20;

const COMPONENTS: &str = "components";
const REVISIONS: &str = "revisions";
const SESSIONS: &str = "sessions";
const TRIALS: &str = "trials";

/// `sha256:` and 64 lower-case hexadecimal digits, as nodes and solution files
/// name a component.
pub fn digest(bytes: &[u8]) -> String {
    let mut hash = Sha256::new();
    hash.update(bytes);
    hex_digest(hash)
}

pub(crate) fn hex_digest(hash: Sha256) -> String {
    let hex: String = hash
        .finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!("sha256:{hex}")
}

/// Removes what a crash left behind.
fn remove_unfinished(disk: &dyn Disk, dir: &Path) -> io::Result<()> {
    for entry in fs::read_dir(dir)? {
        let path = entry?.path();
        if path.is_dir() {
            remove_unfinished(disk, &path)?;
        } else if disk::is_unfinished(&path) {
            disk.remove(&path)?;
        }
    }
    Ok(())
}

/// Makes a directory that is this user's and nobody else's.
fn private_dir(dir: &Path) -> io::Result<()> {
    let metadata = files::own_dir(dir)?;
    if is_open(&metadata) {
        return Err(io::Error::new(
            io::ErrorKind::PermissionDenied,
            "others can use it; run `chmod 700` on it",
        ));
    }
    Ok(())
}

#[cfg(unix)]
fn is_open(metadata: &fs::Metadata) -> bool {
    std::os::unix::fs::MetadataExt::mode(metadata) & 0o077 != 0
}

#[cfg(not(unix))]
fn is_open(_: &fs::Metadata) -> bool {
    false
}
