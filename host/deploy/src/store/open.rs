//! Opening a store.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};

use super::disk::{self, Disk, RealDisk, private_dir};
use super::error::AtPath;
use super::index::Index;
use super::layout::{COMPONENTS, REVISIONS, SESSIONS, TRIALS};
use super::lock::Lock;
use super::{Store, StoreError, StoreKey, form, trial};
use hospes_solution::secret::{Vault, Vaults};

/// Opens a store; made by [`Store::builder`].
pub struct StoreBuilder {
    dir: PathBuf,
    vaults: Vaults,
    keys: Vec<StoreKey>,
    adopt: bool,
}

impl Store {
    /// Opens a directory, which is created if it is missing. Incomplete files
    /// that a crash left behind are removed.
    ///
    /// # Errors
    ///
    /// As [`StoreBuilder::open`].
    pub fn open(dir: impl Into<PathBuf>) -> Result<Store, StoreError> {
        Store::builder(dir).open()
    }

    /// The same for a host with its own vaults, by their schemes.
    ///
    /// # Errors
    ///
    /// As [`StoreBuilder::open`].
    pub fn open_with_vaults(
        dir: impl Into<PathBuf>,
        vaults: impl IntoIterator<Item = (String, Arc<dyn Vault>)>,
    ) -> Result<Store, StoreError> {
        let mut builder = Store::builder(dir);
        builder.vaults.extend(vaults);
        builder.open()
    }

    /// A builder for the store in this directory.
    pub fn builder(dir: impl Into<PathBuf>) -> StoreBuilder {
        StoreBuilder {
            dir: dir.into(),
            vaults: Vaults::new(),
            keys: Vec::new(),
            adopt: false,
        }
    }
}

impl fmt::Debug for StoreBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoreBuilder")
            .field("dir", &self.dir)
            .field("vaults", &self.vaults.keys())
            .field("adopt", &self.adopt)
            .finish_non_exhaustive()
    }
}

impl StoreBuilder {
    /// A vault of the host: manifests refer to secrets as solution files do. See
    /// [`Loader::vault`](hospes_solution::Loader::vault). A manifest with a secret from a
    /// vault that is not given is damaged.
    pub fn vault(mut self, scheme: impl Into<String>, vault: Arc<dyn Vault>) -> StoreBuilder {
        self.vaults.insert(scheme.into(), vault);
        self
    }

    /// Seals files with the first of these keys, and accepts those that are sealed
    /// with any of them, which are then sealed with the first one. Keep the key where
    /// nobody who can write to the store can read it, and use it only for this store.
    /// Defaults to a key that the store makes and keeps in `store.key`.
    pub fn keys(mut self, keys: Vec<StoreKey>) -> StoreBuilder {
        self.keys = keys;
        self
    }

    /// Accepts a store of the earlier form, whose files are not sealed, and seals
    /// them. Has no effect on a sealed store. Defaults to false.
    pub fn adopt(mut self, adopt: bool) -> StoreBuilder {
        self.adopt = adopt;
        self
    }

    /// Opens the directory, which is created if it is missing. Incomplete files
    /// that a crash left behind are removed.
    ///
    /// # Errors
    ///
    /// If another process uses the directory, other users may read it, or it
    /// can't be used. If the store is sealed with none of the keys, or is of the
    /// earlier form and not adopted.
    pub fn open(self) -> Result<Store, StoreError> {
        self.open_on(Box::new(RealDisk))
    }

    pub(super) fn open_on(self, disk: Box<dyn Disk>) -> Result<Store, StoreError> {
        let dir = self.dir;
        private_dir(&dir).at(&dir)?;
        let lock = Lock::take(&dir)?;
        let folders = [COMPONENTS, REVISIONS, SESSIONS, TRIALS].map(|name| dir.join(name));
        for path in &folders {
            private_dir(path).at(path)?;
            remove_unfinished(&*disk, path, true).at(path)?;
        }
        remove_unfinished(&*disk, &dir, false).at(&dir)?;
        // Renames of an earlier process may not have been forced to disk.
        for path in folders.iter().chain([&dir]) {
            disk.sync_dir(path).at(path)?;
        }
        let (key, resealed) = form::settle(&*disk, &dir, self.keys, self.adopt)?;
        let mut index = Index::read(&*disk, &dir.join(REVISIONS), &key, &self.vaults)?;
        index.add_trials(trial::read_all(&dir.join(TRIALS), &key, &self.vaults)?);
        Ok(Store {
            dir,
            disk,
            key,
            resealed,
            index: Mutex::new(index),
            pins: Arc::new(Mutex::new(BTreeMap::new())),
            session_keys: Vec::new(),
            is_claimed: AtomicBool::new(false),
            _lock: lock,
        })
    }
}

/// Removes what a crash left behind.
fn remove_unfinished(disk: &dyn Disk, dir: &Path, below: bool) -> io::Result<()> {
    for entry in fs::read_dir(dir)? {
        let path = entry?.path();
        if path.is_dir() {
            if below {
                remove_unfinished(disk, &path, below)?;
            }
        } else if disk::is_unfinished(&path) {
            disk.remove(&path)?;
        }
    }
    Ok(())
}
