//! Errors of a store.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// Why a store can't be used.
#[derive(Debug)]
#[non_exhaustive]
pub enum StoreError {
    /// Another process uses it.
    Locked {
        /// The store.
        dir: PathBuf,
        /// The process's id, if it is known.
        process: Option<u32>,
    },
    /// A file or directory can't be used.
    Io {
        /// Which one.
        path: PathBuf,
        /// Why not.
        error: io::Error,
    },
    /// A file that is needed is damaged.
    Damaged(Damage),
    /// Sessions are encrypted with a key that was not given.
    SessionKey {
        /// A file that can't be read without it.
        path: PathBuf,
    },
    /// The store is of the earlier form, without seals.
    Unsealed {
        /// The store.
        dir: PathBuf,
    },
    /// The store is sealed with a key that was not given.
    StoreKey {
        /// A file that shows it.
        path: PathBuf,
    },
    /// A manifest that can't be committed.
    Manifest {
        /// Its node.
        node: String,
        /// Why not.
        message: String,
    },
}

/// Adds the file or directory that an error is about.
pub(super) trait AtPath<T> {
    fn at(self, path: &Path) -> Result<T, StoreError>;
}

impl<T> AtPath<T> for io::Result<T> {
    fn at(self, path: &Path) -> Result<T, StoreError> {
        self.map_err(|error| StoreError::io(path, error))
    }
}

impl StoreError {
    pub(super) fn io(path: &Path, error: io::Error) -> StoreError {
        StoreError::Io {
            path: path.to_owned(),
            error,
        }
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StoreError::Locked { dir, process } => {
                write!(f, "another process uses the store {}", dir.display())?;
                match process {
                    Some(process) => write!(f, ": its id is {process}"),
                    None => Ok(()),
                }
            }
            StoreError::Io { path, error } => write!(f, "{}: {error}", path.display()),
            StoreError::Damaged(damage) => damage.fmt(f),
            StoreError::SessionKey { path } => write!(
                f,
                "{}: the session is encrypted with a key that was not given",
                path.display()
            ),
            StoreError::Unsealed { dir } => write!(
                f,
                "the files of the store {} are not sealed: anyone who could write to it may have changed its grants",
                dir.display()
            ),
            StoreError::StoreKey { path } => write!(
                f,
                "{}: the store is sealed with a key that was not given",
                path.display()
            ),
            StoreError::Manifest { node, message } => write!(f, "node `{node}`: {message}"),
        }
    }
}

impl std::error::Error for StoreError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            StoreError::Io { error, .. } => Some(error),
            _ => None,
        }
    }
}

/// A damaged file of a store.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Damage {
    /// The file.
    pub path: PathBuf,
    /// What is wrong with it.
    pub message: String,
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path.display(), self.message)
    }
}
