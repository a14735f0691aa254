//! Two uploads of the same bytes at once.

use std::io;
use std::path::Path;
use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::thread;

use super::super::disk::Disk;
use super::crash::{Keeps, Recorder, open_on, reopen, serves, survive};
use super::*;

/// A disk on which two components are written before either gets its name, or
/// on which one that has its name is not forced to it yet.
struct Meeting {
    recorder: Recorder,
    /// Where two threads meet.
    written: Option<Barrier>,
    /// Where the first one waits for the second to be done.
    renamed: Option<Arc<(AtomicBool, Barrier, Barrier)>>,
}

fn is_components(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name == "components")
}

impl Disk for Meeting {
    fn write(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        self.recorder.write(path, bytes)?;
        if let Some(written) = &self.written
            && path.parent().is_some_and(is_components)
        {
            written.wait();
        }
        Ok(())
    }

    fn sync(&self, path: &Path) -> io::Result<()> {
        self.recorder.sync(path)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.recorder.rename(from, to)
    }

    fn sync_dir(&self, dir: &Path) -> io::Result<()> {
        if let Some(renamed) = &self.renamed
            && is_components(dir)
            && renamed.0.swap(false, SeqCst)
        {
            renamed.1.wait();
            renamed.2.wait();
        }
        self.recorder.sync_dir(dir)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        self.recorder.remove(path)
    }
}

#[test]
fn two_uploads_of_the_same_bytes_at_once_are_both_kept() {
    let dir = dir();
    let meeting = Meeting {
        recorder: Recorder::default(),
        written: Some(Barrier::new(2)),
        renamed: None,
    };
    let store = open_on(&dir.path().join("store"), meeting);
    let component = vec![7; 100_000];
    thread::scope(|scope| {
        let put = || store.put(&component).unwrap();
        let both = [scope.spawn(put), scope.spawn(put)];
        for stored in both.map(|thread| thread.join().unwrap()) {
            assert_eq!(store.component(stored.digest()).unwrap(), component);
        }
    });
    let left = std::fs::read_dir(dir.path().join("store/components")).unwrap();
    assert_eq!(left.count(), 1);
}

#[test]
fn what_the_quicker_of_two_uploads_commits_survives_a_crash_with_its_component() {
    let dir = dir();
    let root = dir.path().join("store");
    let recorder = Recorder::default();
    let gate = Arc::new((AtomicBool::new(false), Barrier::new(2), Barrier::new(2)));
    let meeting = Meeting {
        recorder: recorder.clone(),
        written: None,
        renamed: Some(Arc::clone(&gate)),
    };
    let store = open_on(&root, meeting);
    gate.0.store(true, SeqCst);
    let mut done = Vec::new();
    thread::scope(|scope| {
        let slow = scope.spawn(|| store.put(b"one").unwrap());
        // The slow one has renamed its file, and its directory is not forced yet.
        gate.1.wait();
        publish(&store, "a", 1, "one");
        done = recorder.done();
        gate.2.wait();
        slow.join().unwrap();
    });
    for keeps in [Keeps::Everything, Keeps::Names, Keeps::Nothing] {
        let (_dir, store) = reopen(&survive(&done, keeps), &root);
        assert_eq!(serves(&store, "a"), Some(1), "{keeps:?}");
    }
}
