//! Files that are not what they should be.

use std::fs;
use std::path::PathBuf;

use super::super::seal::BROKEN;
use super::*;

/// A store with two revisions of one node, closed.
pub(super) fn two() -> (TempDir, PathBuf) {
    let dir = dir();
    let path = dir.path().join("store");
    let store = Store::open(&path).unwrap();
    publish(&store, "a", 1, "one");
    publish(&store, "a", 2, "two");
    (dir, path)
}

pub(super) fn manifests(store: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(store.join("revisions/a")).unwrap();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

#[test]
fn a_manifest_cut_off_or_changed_anywhere_is_found_and_not_used() {
    let (_dir, path) = two();
    let newest = manifests(&path).pop().unwrap();
    let whole = fs::read(&newest).unwrap();
    let mut wrong: Vec<Vec<u8>> = (0..whole.len())
        .step_by(97)
        .map(|end| whole[..end].to_vec())
        .collect();
    for place in (0..whole.len()).step_by(53) {
        let mut flipped = whole.clone();
        flipped[place] ^= 1;
        wrong.push(flipped);
    }
    let words = format!("{}: {BROKEN}", newest.display());
    for content in wrong {
        fs::write(&newest, content).unwrap();
        let store = Store::open(&path).unwrap();
        assert_eq!(store.published("a").unwrap_err().to_string(), words);
        assert_eq!(store.damage().len(), 1);
        // What is published next is above what the damaged file may have been.
        assert_eq!(store.highest_generation(), 2);
        publish(&store, "b", 3, "three");
        assert_eq!(store.published("b").unwrap().unwrap().generation, 3);
        fs::remove_dir_all(path.join("revisions/b")).unwrap();
    }
    // An operator who decides for the older one removes the file.
    fs::remove_file(&newest).unwrap();
    let store = Store::open(&path).unwrap();
    assert_eq!(store.published("a").unwrap().unwrap().generation, 1);
}

#[test]
fn an_old_manifest_that_is_damaged_is_reported_and_left_out() {
    let (_dir, path) = two();
    let oldest = manifests(&path).remove(0);
    fs::write(&oldest, "{}").unwrap();
    fs::write(path.join("revisions/a/0-x"), "").unwrap();
    let store = Store::open(&path).unwrap();
    assert_eq!(store.damage().len(), 2);
    assert_eq!(store.published("a").unwrap().unwrap().generation, 2);
    assert_eq!(store.history("a").len(), 1);
}

#[test]
fn a_component_with_a_flipped_bit_is_not_used_and_is_healed_by_the_next_upload() {
    let (_dir, path) = two();
    let store = Store::open(&path).unwrap();
    let digest = digest(b"two");
    let file = path
        .join("components")
        .join(format!("{}.wasm", &digest["sha256:".len()..]));
    fs::write(&file, "twp").unwrap();
    let words = format!(
        "{}: its content does not have the digest in its name",
        file.display()
    );
    assert_eq!(store.component(&digest).unwrap_err().to_string(), words);
    store.put(b"two").unwrap();
    assert_eq!(store.component(&digest).unwrap(), b"two");
    fs::remove_file(&file).unwrap();
    assert!(matches!(
        store.component(&digest),
        Err(StoreError::Io { .. })
    ));
}

#[cfg(unix)]
#[test]
fn a_manifest_that_is_no_file_of_ours_is_not_used_and_nothing_waits_for_it() {
    use std::os::unix::fs::symlink;

    use rustix::fs::{CWD, FileType, Mode, mknodat};

    let dir = dir();
    let root = dir.path().join("store");
    publish(&Store::open(&root).unwrap(), "a", 1, "one");
    let newest = fs::read_dir(root.join("revisions/a")).unwrap().next();
    let newest = newest.unwrap().unwrap().path();
    let elsewhere = dir.path().join("elsewhere.json");
    fs::rename(&newest, &elsewhere).unwrap();
    symlink(&elsewhere, &newest).unwrap();
    assert!(Store::open(&root).unwrap().published("a").is_err());
    fs::remove_file(&newest).unwrap();
    mknodat(CWD, &newest, FileType::Fifo, Mode::RUSR, 0).unwrap();
    assert!(Store::open(&root).unwrap().published("a").is_err());
    fs::remove_file(&newest).unwrap();
    fs::rename(&elsewhere, &newest).unwrap();
    assert!(
        Store::open(&root)
            .unwrap()
            .published("a")
            .unwrap()
            .is_some()
    );

    // Nor is a component, nor the whole directory of a node.
    let component = root.join("components");
    let component = fs::read_dir(&component).unwrap().next().unwrap().unwrap();
    let (from, to) = (component.path(), dir.path().join("elsewhere.wasm"));
    fs::rename(&from, &to).unwrap();
    symlink(&to, &from).unwrap();
    let store = Store::open(&root).unwrap();
    assert!(store.component(&digest(b"one")).is_err());
    drop(store);
    let (node, to) = (root.join("revisions/a"), dir.path().join("elsewhere"));
    fs::rename(&node, &to).unwrap();
    symlink(&to, &node).unwrap();
    assert!(Store::open(&root).is_err());
}
