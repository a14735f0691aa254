//! The power fails between any two operations on the disk, and what was not
//! forced to disk is lost, or is not.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use jiff::Timestamp;

use super::super::Retention;
use super::super::disk::{Disk, RealDisk};
use super::*;

/// What was done to a disk.
#[derive(Clone, Debug)]
pub(super) enum Done {
    Write(PathBuf, Vec<u8>),
    Sync(PathBuf),
    Rename(PathBuf, PathBuf),
    SyncDir(PathBuf),
    Remove(PathBuf),
}

/// A disk that writes down what is done to it.
#[derive(Clone, Default)]
pub(super) struct Recorder(Arc<Mutex<Vec<Done>>>);

impl Recorder {
    pub(super) fn done(&self) -> Vec<Done> {
        self.0.lock().unwrap().clone()
    }

    fn note(&self, done: Done) {
        self.0.lock().unwrap().push(done);
    }
}

impl Disk for Recorder {
    fn write(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        RealDisk.write(path, bytes)?;
        self.note(Done::Write(path.to_owned(), bytes.to_owned()));
        Ok(())
    }

    fn sync(&self, path: &Path) -> io::Result<()> {
        RealDisk.sync(path)?;
        self.note(Done::Sync(path.to_owned()));
        Ok(())
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        RealDisk.rename(from, to)?;
        self.note(Done::Rename(from.to_owned(), to.to_owned()));
        Ok(())
    }

    fn sync_dir(&self, dir: &Path) -> io::Result<()> {
        RealDisk.sync_dir(dir)?;
        self.note(Done::SyncDir(dir.to_owned()));
        Ok(())
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        RealDisk.remove(path)?;
        self.note(Done::Remove(path.to_owned()));
        Ok(())
    }
}

/// What a disk keeps of what was not forced to it.
#[derive(Clone, Copy, Debug)]
pub(super) enum Keeps {
    /// All of it.
    Everything,
    /// Names, but only half of the content behind them.
    Names,
    /// Nothing.
    Nothing,
}

pub(super) type Files = BTreeMap<PathBuf, Vec<u8>>;

/// The files that a disk has after these operations and a failure of power.
pub(super) fn survive(done: &[Done], keeps: Keeps) -> Files {
    survive_with(Files::new(), done, keeps)
}

/// The same of a disk that had files before.
pub(super) fn survive_with(mut files: Files, done: &[Done], keeps: Keeps) -> Files {
    let synced_later = |at: usize, dir: &Path| {
        let later = done.iter().skip(at);
        later
            .into_iter()
            .any(|done| matches!(done, Done::SyncDir(synced) if synced == dir))
    };
    let stays = |at: usize, path: &Path| {
        !matches!(keeps, Keeps::Nothing) || synced_later(at, path.parent().unwrap())
    };
    for (at, operation) in done.iter().enumerate() {
        match operation {
            Done::Write(path, bytes) => {
                let forced = done
                    .iter()
                    .skip(at)
                    .any(|done| matches!(done, Done::Sync(synced) if synced == path));
                let whole = forced || matches!(keeps, Keeps::Everything);
                let end = if whole { bytes.len() } else { bytes.len() / 2 };
                files.insert(path.clone(), bytes[..end].to_vec());
            }
            // A rename that is lost leaves the file under its old name.
            Done::Rename(from, to) if stays(at, to) => {
                let content = files.remove(from).unwrap();
                files.insert(to.clone(), content);
            }
            Done::Remove(path) if stays(at, path) => drop(files.remove(path)),
            _ => {}
        }
    }
    files
}

/// Puts files below another directory.
pub(super) fn lay_out(files: &Files, from: &Path) -> (TempDir, PathBuf) {
    let dir = dir();
    let root = dir.path().join("store");
    hospes::files::own_dir(&root).unwrap();
    for (path, bytes) in files {
        let path = root.join(path.strip_prefix(from).unwrap());
        hospes::files::own_dir(path.parent().unwrap()).unwrap();
        RealDisk.write(&path, bytes).unwrap();
    }
    (dir, root)
}

/// Puts files below another directory and opens the store there.
pub(super) fn reopen(files: &Files, from: &Path) -> (TempDir, Store) {
    let (dir, root) = lay_out(files, from);
    (dir, Store::open(root).unwrap())
}

/// Opens a store on a disk of the test's own.
pub(super) fn open_on(root: &Path, disk: impl Disk + 'static) -> Store {
    Store::builder(root).open_on(Box::new(disk)).unwrap()
}

/// What serves of a node, and that it is whole.
pub(super) fn serves(store: &Store, node: &str) -> Option<u64> {
    let manifest = store.published(node).unwrap()?;
    let component = store.component(&manifest.digest).unwrap();
    assert_eq!(digest(&component), manifest.digest);
    Some(manifest.generation)
}

/// What serves of a node, and which trial takes part or did.
fn state(store: &Store, node: &str) -> (Option<u64>, Option<(u64, bool)>) {
    let trial = store.trial(node).map(|trial| {
        let component = store.component(&trial.manifest.digest);
        assert!(component.is_ok() || trial.aborted.is_some());
        (trial.manifest.generation, trial.aborted.is_some())
    });
    (serves(store, node), trial)
}

/// Runs a sequence of steps, lets the power fail after each operation of each
/// of them, and checks what a restarted host finds: what served before the
/// step or what serves after it, and after the step only that.
fn check(steps: &[&dyn Fn(&Store)]) {
    let dir = dir();
    let root = dir.path().join("store");
    let recorder = Recorder::default();
    let store = open_on(&root, recorder.clone());
    let count = || recorder.0.lock().unwrap().len();
    let now = || [state(&store, "a"), state(&store, "b")];
    let mut states = vec![(count(), now())];
    for step in steps {
        step(&store);
        states.push((count(), now()));
    }
    let done = recorder.done();
    let mut cases = 0;
    for pair in states.windows(2) {
        let ((start, before), (end, after)) = (pair[0], pair[1]);
        for cut in start..=end {
            for keeps in [Keeps::Everything, Keeps::Names, Keeps::Nothing] {
                let files = survive(&done[..cut], keeps);
                let (_dir, store) = reopen(&files, &root);
                let found = [state(&store, "a"), state(&store, "b")];
                assert!(
                    found == after || (cut < end && found == before),
                    "{found:?} after {cut} of {end} operations, {keeps:?}; last: {:?}",
                    done[..cut].last()
                );
                assert_eq!(store.damage(), []);
                let unfinished = "unfinished";
                let left = |dir: &str| fs::read_dir(store.dir().join(dir)).unwrap();
                for entry in left("components")
                    .chain(left("revisions"))
                    .chain(left("trials"))
                {
                    let path = entry.unwrap().path();
                    assert!(
                        path.extension()
                            .is_none_or(|extension| extension != unfinished)
                    );
                }
                cases += 1;
            }
        }
    }
    assert!(cases > 50, "{cases}");
}

#[test]
fn every_moment_of_publishing_leaves_the_old_or_the_new() {
    check(&[
        &|store| drop(publish(store, "a", 1, "one")),
        &|store| drop(publish(store, "b", 2, "other")),
        &|store| drop(publish(store, "a", 3, "two")),
        &|store| store.withdraw("a", 3).unwrap(),
        // The same component again.
        &|store| drop(publish(store, "a", 4, "one")),
    ]);
}

#[test]
fn every_moment_of_a_trial_leaves_the_old_or_the_new() {
    check(&[
        &|store| drop(publish(store, "a", 1, "one")),
        &|store| tried(store, "a", 2, "two"),
        &|store| store.abort_trial("a", "it broke").unwrap(),
        &|store| tried(store, "a", 3, "two"),
        // Promoted: published with the same generation.
        &|store| drop(publish(store, "a", 3, "two")),
        &|store| tried(store, "a", 4, "three"),
        // Another one in its place.
        &|store| tried(store, "a", 5, "four"),
        &|store| drop(publish(store, "a", 6, "one")),
        &|store| {
            _ = store
                .collect(&Retention::default(), Timestamp::now())
                .unwrap()
        },
    ]);
}

#[test]
fn every_moment_of_collecting_leaves_what_serves() {
    let keep = Retention {
        revisions: 2,
        ..Retention::default()
    };
    check(&[
        &|store| drop(publish(store, "a", 1, "one")),
        &|store| drop(publish(store, "a", 2, "two")),
        &|store| drop(publish(store, "a", 3, "three")),
        &|store| drop(publish(store, "a", 4, "two")),
        &|store| {
            let collected = store.collect(&keep, Timestamp::now()).unwrap();
            assert_eq!((collected.revisions, collected.components), (2, 1));
        },
    ]);
}

#[test]
fn a_session_that_was_removed_never_comes_back() {
    let dir = dir();
    let root = dir.path().join("store");
    let recorder = Recorder::default();
    let store = open_on(&root, recorder.clone());
    let count = || recorder.0.lock().unwrap().len();
    store.save_session("one", "{}").unwrap();
    store.save_session("two", "{}").unwrap();
    let saved = count();
    store.remove_sessions(&["one".to_owned()]).unwrap();
    let done = recorder.0.lock().unwrap().clone();
    for cut in saved..=done.len() {
        for keeps in [Keeps::Everything, Keeps::Names, Keeps::Nothing] {
            let (_dir, store) = reopen(&survive(&done[..cut], keeps), &root);
            let whole = store.sessions().unwrap().whole;
            let there = |name: &str| whole.iter().any(|(other, _)| other == name);
            assert!(there("two"), "{cut} {keeps:?}");
            assert!(!there("one") || cut < done.len(), "{cut} {keeps:?}");
        }
    }
}
