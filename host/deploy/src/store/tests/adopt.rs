//! Stores of the earlier form, whose files carry hashes that anybody can compute.

use std::fs;
use std::path::PathBuf;

use super::super::seal::{BROKEN, Kind, Mark};
use super::super::{Damage, Resealed};
use super::crash::{Files, Keeps, Recorder, lay_out, open_on, survive, survive_with};
use super::seals::key;
use super::*;

/// Every file of a store.
fn files(root: &Path) -> Files {
    let mut files = Files::new();
    let mut open = vec![root.to_owned()];
    while let Some(path) = open.pop() {
        if path.is_dir() {
            open.extend(
                fs::read_dir(&path)
                    .unwrap()
                    .map(|entry| entry.unwrap().path()),
            );
        } else {
            files.insert(path.clone(), fs::read(&path).unwrap());
        }
    }
    files
}

/// A store of the earlier form: with two nodes, a trial, a session that is
/// encrypted and one that is not, and a manifest that is damaged.
fn earlier() -> (TempDir, PathBuf) {
    let made = dir();
    let root = made.path().join("store");
    let mut store = Store::open(&root).unwrap();
    publish(&store, "a", 1, "one");
    publish(&store, "a", 3, "two");
    publish(&store, "b", 2, "one");
    tried(&store, "a", 4, "three");
    store.save_session("plain", "{\"n\": 1}").unwrap();
    let encrypting = super::super::SessionKey::parse(&"7".repeat(64)).unwrap();
    store.encrypt_sessions(vec![encrypting]);
    store.save_session("encrypted", "{}").unwrap();
    drop(store);
    let mut earlier = Files::new();
    for (path, bytes) in files(&root) {
        let text = String::from_utf8_lossy(&bytes);
        let below = path.strip_prefix(&root).unwrap();
        let folder = below.parent().unwrap().to_str().unwrap();
        let stem = path.file_stem().unwrap().to_str().unwrap();
        let first_line = |kind| {
            let text = text.split_once('\n').unwrap().1;
            format!("{}\n{text}", Mark::Hash.line(kind, stem, text)).into_bytes()
        };
        match folder.split('/').next().unwrap() {
            "revisions" => {
                let generation = stem.split_once('-').unwrap().0.parse().unwrap();
                let name = Mark::Hash.file_name("", generation, &text);
                earlier.insert(path.with_file_name(name), bytes);
            }
            "trials" => drop(earlier.insert(path.clone(), first_line(Kind::Trial))),
            "sessions" if stem == "plain" => {
                earlier.insert(path.clone(), first_line(Kind::Session));
            }
            "sessions" | "components" => drop(earlier.insert(path, bytes)),
            _ => {}
        }
    }
    earlier.insert(root.join("canary.key"), vec![7; 32]);
    let damaged = root
        .join("revisions/a")
        .join(format!("{:020}-{}.json", 2, "0".repeat(32)));
    earlier.insert(damaged, b"{}".to_vec());
    lay_out(&earlier, &root)
}

fn adopt(root: &Path) -> Store {
    Store::builder(root).adopt(true).open().unwrap()
}

fn refusal(root: &Path) -> Option<String> {
    Some(Store::open(root).err()?.to_string())
}

fn words(root: &Path) -> String {
    format!(
        "the files of the store {} are not sealed: anyone who could write to it may have changed its grants",
        root.display()
    )
}

/// Everything that was in it is there, and what was damaged still is.
fn is_whole(store: &Store) {
    let generation = |node| store.published(node).unwrap().unwrap().generation;
    assert_eq!((generation("a"), generation("b")), (3, 2));
    assert_eq!(store.history("a").len(), 2);
    assert_eq!(store.trial("a").unwrap().manifest.generation, 4);
    let [Damage { path, message }] = &store.damage()[..] else {
        panic!("{:?}", store.damage());
    };
    assert!(path.starts_with(store.dir().join("revisions/a")));
    assert_eq!(message, BROKEN);
    let plain = fs::read_to_string(store.dir().join("sessions/plain.json")).unwrap();
    assert!(plain.starts_with("blake3:") && plain.ends_with("{\"n\": 1}"));
    let encrypted = fs::read(store.dir().join("sessions/encrypted.json")).unwrap();
    assert!(encrypted.starts_with(b"sealed-1:"));
    assert!(!store.dir().join("canary.key").exists());
}

#[test]
fn a_store_without_seals_is_refused_until_it_is_adopted_once() {
    let (_dir, root) = earlier();
    let before = files(&root);
    assert_eq!(refusal(&root), Some(words(&root)));
    let mut after = files(&root);
    after.remove(&root.join("lock"));
    assert_eq!(after, before);

    let store = adopt(&root);
    let Resealed {
        revisions,
        trials,
        sessions,
    } = store.resealed();
    assert_eq!((revisions, trials, sessions), (3, 1, 1));
    is_whole(&store);
    drop(store);
    is_whole(&Store::open(&root).unwrap());

    // Adopting again takes nothing that carries no seal.
    let text = fs::read_to_string(manifest(&root)).unwrap();
    let text = text.replace("\"generation\": 3", "\"generation\": 5");
    let forged = root
        .join("revisions/a")
        .join(Mark::Hash.file_name("a", 5, &text));
    fs::write(&forged, &text).unwrap();
    let store = adopt(&root);
    assert_eq!(store.resealed(), Resealed::default());
    let error = store.published("a").unwrap_err().to_string();
    assert_eq!(error, format!("{}: {BROKEN}", forged.display()));
}

/// The newest manifest of a node.
fn manifest(root: &Path) -> PathBuf {
    damage::manifests(root).pop().unwrap()
}

#[test]
fn a_store_whose_form_was_taken_away_is_no_new_one() {
    for folder in ["revisions/a", "trials", "sessions"] {
        let (_dir, root) = earlier();
        drop(adopt(&root));
        for other in ["revisions", "trials", "sessions"] {
            if !folder.starts_with(other) {
                fs::remove_dir_all(root.join(other)).unwrap();
            }
        }
        fs::remove_file(root.join("form")).unwrap();
        assert_eq!(refusal(&root), Some(words(&root)));
    }
    // One that never held anything has nothing to say.
    let dir = dir();
    let root = dir.path().join("store");
    drop(Store::open(&root).unwrap());
    fs::remove_file(root.join("form")).unwrap();
    fs::remove_file(root.join("store.key")).unwrap();
    publish(&Store::open(&root).unwrap(), "a", 1, "one");
    assert_eq!(Store::open(&root).unwrap().damage(), []);
}

#[test]
fn every_moment_of_adopting_leaves_a_store_that_is_refused_or_adopted() {
    let (_dir, root) = earlier();
    let before = files(&root);
    let recorder = Recorder::default();
    let store = Store::builder(&root)
        .adopt(true)
        .open_on(Box::new(recorder.clone()))
        .unwrap();
    is_whole(&store);
    let done = recorder.done();
    let (mut refused, mut adopted) = (0, 0);
    for cut in 0..=done.len() {
        for keeps in [Keeps::Everything, Keeps::Names, Keeps::Nothing] {
            let left = survive_with(before.clone(), &done[..cut], keeps);
            let (_dir, root) = lay_out(&left, &root);
            match refusal(&root) {
                Some(found) => {
                    assert_eq!(found, words(&root), "{cut} {keeps:?}");
                    assert!(cut < done.len());
                    refused += 1;
                    // Also with a key of its own, which is given now for the first time.
                    let (_dir, copy) = lay_out(&left, store.dir());
                    let keys = vec![key('7')];
                    let store = Store::builder(&copy).keys(keys).adopt(true).open();
                    is_whole(&store.unwrap());
                    is_whole(&adopt(&root));
                }
                None => adopted += 1,
            }
            is_whole(&Store::open(&root).unwrap());
        }
    }
    assert!(refused > 20 && adopted >= 3, "{refused} {adopted}");
}

#[test]
fn every_moment_of_making_a_store_leaves_one_that_opens() {
    let dir = dir();
    let root = dir.path().join("store");
    let recorder = Recorder::default();
    drop(open_on(&root, recorder.clone()));
    let done = recorder.done();
    for cut in 0..=done.len() {
        for keeps in [Keeps::Everything, Keeps::Names, Keeps::Nothing] {
            let (_dir, root) = lay_out(&survive(&done[..cut], keeps), &root);
            publish(&Store::open(&root).unwrap(), "a", 1, "one");
            let store = Store::open(&root).unwrap();
            assert_eq!(store.damage(), [], "{cut} {keeps:?}");
            assert_eq!(store.published("a").unwrap().unwrap().generation, 1);
        }
    }
}

#[test]
fn every_moment_of_changing_the_key_leaves_a_store_that_opens_with_both() {
    let (_dir, root) = earlier();
    let open = |root: &Path, keys: &[char]| {
        let keys = keys.iter().map(|digit| key(*digit)).collect();
        Store::builder(root).keys(keys).adopt(true)
    };
    drop(open(&root, &['1']).open().unwrap());
    let before = files(&root);
    let recorder = Recorder::default();
    let store = open(&root, &['2', '1']).open_on(Box::new(recorder.clone()));
    is_whole(&store.unwrap());
    let done = recorder.done();
    for cut in 0..=done.len() {
        for keeps in [Keeps::Everything, Keeps::Names, Keeps::Nothing] {
            let left = survive_with(before.clone(), &done[..cut], keeps);
            let (_dir, root) = lay_out(&left, &root);
            is_whole(&open(&root, &['2', '1']).open().unwrap());
            is_whole(&open(&root, &['2']).open().unwrap());
        }
    }
}
