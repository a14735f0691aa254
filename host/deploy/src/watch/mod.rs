//! Watches files that change while a host serves, and reports them when they
//! are complete.
//!
//! | what happens to a file | what is seen |
//! | --- | --- |
//! | another one is renamed over it | the new content, once |
//! | it is written in many pieces, or saved many times in a burst | the last content, once |
//! | it is touched, or written with what it held already | nothing |
//! | it is removed | that it is gone, once |
//!
//! A file counts as whole when nothing was written to it for a while
//! ([`DEBOUNCE`]) and it does not change while it is read. That is not proof: what a
//! writer left half-written for longer is seen too. So the caller has to
//! refuse what is broken, and will see the rest when it comes.

mod debounce;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use hospes::{digest, files};
use notify::{EventKind, RecommendedWatcher, RecursiveMode, Watcher};
use sha2::{Digest, Sha256};

use debounce::Debounce;

/// How long a file has to be left alone before it counts as whole.
pub const DEBOUNCE: Duration = Duration::from_millis(100);

/// Watches files. Blocks a thread: see [`Watch::next`].
#[derive(Debug)]
pub struct Watch {
    watcher: RecommendedWatcher,
    events: Receiver<notify::Result<notify::Event>>,
    /// The watched directories; files are watched through theirs, because a
    /// file that is renamed over another is a new file.
    dirs: BTreeSet<PathBuf>,
    /// By the names they were given.
    files: BTreeMap<PathBuf, Watched>,
    debounce: Debounce,
}

/// A file that is watched.
#[derive(Debug)]
struct Watched {
    /// Its absolute path: events carry no other.
    path: PathBuf,
    /// The digest of what was seen last.
    seen: Option<String>,
}

/// A file that is not what it was.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FileChange {
    /// The file, as it was named.
    pub path: PathBuf,
    /// The digest of its content, `sha256:...`; nothing if it is gone.
    pub digest: Option<String>,
}

impl Watch {
    /// Watches nothing yet.
    ///
    /// # Errors
    ///
    /// If the system can't watch files.
    pub fn new() -> Result<Watch, WatchError> {
        let (sender, events) = mpsc::channel();
        let watcher = notify::recommended_watcher(move |event| _ = sender.send(event));
        Ok(Watch {
            watcher: watcher.map_err(|error| WatchError::System(io::Error::other(error)))?,
            events,
            dirs: BTreeSet::new(),
            files: BTreeMap::new(),
            debounce: Debounce::new(DEBOUNCE),
        })
    }

    /// Watches these files from now on, and no others. Each comes with the
    /// digest of the content that is in use, if there is one: a file that
    /// differs from it already is seen too. A relative path is one from the
    /// directory that is current now.
    ///
    /// # Errors
    ///
    /// A path without a file in it, and then none is watched any more. A directory
    /// that can't be watched: the files of the others are.
    pub fn files(
        &mut self,
        files: impl IntoIterator<Item = (PathBuf, Option<String>)>,
    ) -> Result<(), WatchError> {
        self.files.clear();
        for (file, seen) in files {
            match std::path::absolute(&file) {
                Ok(path) => _ = self.files.insert(file, Watched { path, seen }),
                Err(error) => return Err(WatchError::Path { path: file, error }),
            }
        }
        let mut wrong = Ok(());
        let watched = self.files.values();
        let dirs: BTreeSet<PathBuf> = watched
            .map(|file| directory(&file.path).to_owned())
            .collect();
        for dir in self.dirs.difference(&dirs) {
            _ = self.watcher.unwatch(dir);
        }
        for dir in dirs.difference(&self.dirs) {
            if let Err(error) = self.watcher.watch(dir, RecursiveMode::NonRecursive) {
                let (path, error) = (dir.clone(), io::Error::other(error));
                wrong = Err(WatchError::Path { path, error });
            }
        }
        self.dirs = dirs;
        self.all_touched();
        wrong
    }

    /// Waits until a file is not what it was, at most so long.
    pub fn next(&mut self, patience: Duration) -> Option<FileChange> {
        let end = Instant::now() + patience;
        loop {
            while let Some(path) = self.debounce.quiet(Instant::now()) {
                if let Some(seen) = self.look(path) {
                    return Some(seen);
                }
            }
            let until = self.debounce.due().map_or(end, |due| due.min(end));
            let wait = until.saturating_duration_since(Instant::now());
            match self.events.recv_timeout(wait) {
                Ok(event) => self.touched(event),
                Err(RecvTimeoutError::Timeout) if Instant::now() < end => {}
                Err(_) => return None,
            }
        }
    }

    fn touched(&mut self, event: notify::Result<notify::Event>) {
        match event {
            // Also our own reading.
            Ok(event) if matches!(event.kind, EventKind::Access(_)) => {}
            // Every file of the directory: a link on the way to one may have
            // been renamed, and looking at a file that is the same costs little.
            Ok(event) if !event.need_rescan() && !event.paths.is_empty() => {
                let dirs: BTreeSet<&Path> = event
                    .paths
                    .iter()
                    .flat_map(|path| [directory(path), path])
                    .collect();
                let files = self.files.iter();
                let touched = files.filter(|(_, file)| dirs.contains(directory(&file.path)));
                let files: Vec<PathBuf> = touched.map(|(name, _)| name.clone()).collect();
                self.debounce.touched(files, Instant::now());
            }
            // Something was missed.
            _ => self.all_touched(),
        }
    }

    fn all_touched(&mut self) {
        self.debounce
            .touched(self.files.keys().cloned(), Instant::now());
    }

    /// Reads a file, and tells about it if it is another than last time.
    fn look(&mut self, path: PathBuf) -> Option<FileChange> {
        let file = self.files.get_mut(&path)?;
        let digest = match digest_of(&file.path) {
            Ok(Some(digest)) => Some(digest),
            // It changed while it was read.
            Ok(None) => {
                self.debounce.touched([path], Instant::now());
                return None;
            }
            Err(_) => None,
        };
        if file.seen == digest {
            return None;
        }
        file.seen.clone_from(&digest);
        Some(FileChange { path, digest })
    }
}

/// The digest of a file's content; nothing if it changes meanwhile.
fn digest_of(path: &Path) -> io::Result<Option<String>> {
    let state = |metadata: fs::Metadata| Some((metadata.len(), metadata.modified().ok()?));
    let mut file = files::open(path)?;
    let before = state(file.metadata()?);
    let mut hash = Sha256::new();
    let read = io::copy(&mut file, &mut hash)?;
    // By its name: another file may stand there by now.
    let after = state(fs::metadata(path)?);
    let same = before == after && before.is_none_or(|(length, _)| length == read);
    Ok(same.then(|| digest::show(&hash.finalize().into())))
}

/// The directory that a file of an absolute path stands in.
fn directory(file: &Path) -> &Path {
    file.parent().unwrap_or(file)
}

/// Why files can't be watched.
#[derive(Debug)]
#[non_exhaustive]
pub enum WatchError {
    /// The system can't watch files.
    System(io::Error),
    /// A file or its directory can't be watched.
    Path {
        /// The file or directory.
        path: PathBuf,
        /// Why not.
        error: io::Error,
    },
}

impl fmt::Display for WatchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            WatchError::System(error) => error.fmt(f),
            WatchError::Path { path, error } => {
                write!(f, "can't watch {}: {error}", path.display())
            }
        }
    }
}

impl std::error::Error for WatchError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            WatchError::System(error) | WatchError::Path { error, .. } => Some(error),
        }
    }
}
