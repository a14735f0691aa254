//! What somebody can do who writes into a store and does not have its key.

use std::fs;
use std::path::PathBuf;

use super::super::seal::{BROKEN, Mark};
use super::super::{SessionKey, StoreKey};
use super::damage::{manifests, two};
use super::*;

pub(super) fn key(digit: char) -> StoreKey {
    StoreKey::parse(&digit.to_string().repeat(64)).unwrap()
}

/// A store whose key is elsewhere.
fn open(path: &Path, keys: &[char]) -> Result<Store, StoreError> {
    let keys = keys.iter().map(|digit| key(*digit)).collect();
    Store::builder(path).keys(keys).open()
}

/// The generation and the seal in the name of a manifest's file.
fn parts(path: &Path) -> (u64, String) {
    let name = path.file_stem().unwrap().to_str().unwrap();
    let (generation, seal) = name.split_once('-').unwrap();
    (generation.parse().unwrap(), seal.to_owned())
}

#[test]
fn nobody_without_the_key_makes_a_manifest_that_counts() {
    let (_dir, path) = two();
    let [first, second] = manifests(&path).try_into().unwrap();
    let text = fs::read_to_string(&second).unwrap();
    let old = fs::read_to_string(&first).unwrap();
    let wider = text.replace(
        "POST https://a.example/users",
        "POST https://b.example/users",
    );
    let third = text.replace("\"generation\": 2", "\"generation\": 3");
    assert!(wider != text && third != text);
    let at = |node: &str, name: String| path.join("revisions").join(node).join(name);
    let seal = |path: &Path| parts(path).1;
    let other = key('7');
    let name = |generation: u64, seal: &str| format!("{generation:020}-{seal}.json");
    fs::create_dir(path.join("revisions/b")).unwrap();
    #[cfg(unix)]
    fs::set_permissions(
        path.join("revisions/b"),
        std::os::unix::fs::PermissionsExt::from_mode(0o700),
    )
    .unwrap();
    for (what, node, file, content) in [
        ("other grants", "a", name(2, &seal(&second)), &wider),
        ("no seal", "a", Mark::Hash.file_name("a", 3, &third), &third),
        (
            "another key's seal",
            "a",
            other.file_name("a", 3, &third),
            &third,
        ),
        (
            "the seal of another revision",
            "a",
            name(3, &seal(&second)),
            &third,
        ),
        ("an old one again", "a", name(3, &seal(&first)), &old),
        ("one of another node", "b", name(2, &seal(&second)), &text),
        (
            "hashes of another node",
            "b",
            Mark::Hash.file_name("b", 2, &text),
            &text,
        ),
    ] {
        let file = at(node, file);
        let before = fs::read(&file).ok();
        fs::write(&file, content).unwrap();
        let store = Store::open(&path).unwrap();
        let words = format!("{}: {BROKEN}", file.display());
        let error = store.published(node).unwrap_err().to_string();
        assert_eq!(error, words, "{what}");
        assert_eq!(store.damage().len(), 1, "{what}");
        // The others go on, and whoever removes the file has what was there before.
        if node == "b" {
            assert_eq!(store.published("a").unwrap().unwrap().generation, 2);
        }
        match before {
            Some(before) => fs::write(&file, before).unwrap(),
            None => fs::remove_file(&file).unwrap(),
        }
    }
    let store = Store::open(&path).unwrap();
    assert_eq!(store.damage(), []);
    assert_eq!(store.published("a").unwrap().unwrap().generation, 2);
}

#[test]
fn a_manifest_that_was_taken_back_is_not_taken_for_the_one_after_it() {
    let dir = dir();
    let path = dir.path().join("store");
    let store = Store::open(&path).unwrap();
    publish(&store, "a", 1, "one");
    publish(&store, "a", 2, "two");
    let [first, taken] = manifests(&path).try_into().unwrap();
    let text = fs::read(&taken).unwrap();
    store.withdraw("a", 2).unwrap();
    drop(store);
    publish(&Store::open(&path).unwrap(), "a", 2, "three");
    let restore = || fs::write(&taken, &text).unwrap();
    restore();
    let store = Store::open(&path).unwrap();
    let error = store.published("a").unwrap_err().to_string();
    let words = ": there is another manifest of this generation";
    assert!(error.ends_with(words), "{error}");
    assert_eq!(store.damage().len(), 2);
    drop(store);
    fs::remove_file(&taken).unwrap();
    let store = Store::open(&path).unwrap();
    let three = digest(b"three");
    assert_eq!(store.published("a").unwrap().unwrap().digest, three);
    assert!(first.exists());
}

#[test]
fn nobody_without_the_key_makes_a_trial_or_a_session_that_counts() {
    let dir = dir();
    let path = dir.path().join("store");
    let store = Store::open(&path).unwrap();
    tried(&store, "a", 1, "one");
    store.save_session("a", "{}").unwrap();
    drop(store);
    for folder in ["trials", "sessions"] {
        let file = path.join(folder).join("a.json");
        let whole = fs::read_to_string(&file).unwrap();
        let (seal, text) = whole.split_once('\n').unwrap();
        let changed = text.replace("{}", "[]").replace("5", "100");
        let hash = digest(changed.as_bytes());
        let other = path.join("trials/a.json");
        let other = match folder {
            "trials" => format!("{seal}\n{{}}"),
            // What is sealed as one thing is no other.
            _ => fs::read_to_string(other).unwrap(),
        };
        for content in [
            format!("{seal}\n{changed}"),
            format!("{hash}\n{changed}"),
            other,
        ] {
            fs::write(&file, content).unwrap();
            let store = Store::open(&path).unwrap();
            let mut damage = store.damage();
            damage.extend(store.sessions().unwrap().damage);
            let words: Vec<String> = damage.iter().map(ToString::to_string).collect();
            assert_eq!(words, [format!("{}: {BROKEN}", file.display())]);
            assert!(store.trial("a").is_none() || folder == "sessions");
        }
        // Nor does a good one under another name.
        fs::write(&file, &whole).unwrap();
        let copy = path.join(folder).join("b.json");
        fs::copy(&file, &copy).unwrap();
        let store = Store::open(&path).unwrap();
        let mut damage = store.damage();
        damage.extend(store.sessions().unwrap().damage);
        assert_eq!(damage.len(), 1);
        assert!(store.trial("a").is_some() && store.trial("b").is_none());
        fs::remove_file(copy).unwrap();
    }
}

#[test]
fn a_store_opens_with_its_key_and_with_no_other() {
    let dir = dir();
    let path = dir.path().join("store");
    let store = open(&path, &['1']).unwrap();
    publish(&store, "a", 1, "one");
    tried(&store, "a", 2, "two");
    store.save_session("plain", "{}").unwrap();
    let canary = store.canary_key();
    drop(store);
    assert!(!path.join("store.key").exists());
    let words = format!(
        "{}: the store is sealed with a key that was not given",
        path.join("form").display()
    );
    let refused = |keys: &[char]| open(&path, keys).err().unwrap().to_string();
    for keys in [&[][..], &['2']] {
        assert_eq!(refused(keys), words);
    }
    // Nor does one that somebody puts into it.
    let planted = path.join("store.key");
    fs::write(&planted, "2".repeat(64)).unwrap();
    let mode = |mode| {
        #[cfg(unix)]
        fs::set_permissions(&planted, std::os::unix::fs::PermissionsExt::from_mode(mode)).unwrap();
    };
    mode(0o600);
    assert_eq!(refused(&[]), words);
    assert_eq!(open(&path, &['1']).unwrap().canary_key(), canary);
    // What others can read is no key, and one that was moved away is not kept here.
    mode(0o640);
    if cfg!(unix) {
        assert!(refused(&[]).contains("it can be read by its group (mode 0640)"));
    }
    fs::write(&planted, "1".repeat(64)).unwrap();
    mode(0o600);
    let here = "the store's key was given, but is stored here as well: remove this file";
    assert_eq!(refused(&['1']), format!("{}: {here}", planted.display()));
    fs::remove_file(&planted).unwrap();

    // Another key takes over from it.
    let whole = |store: &Store| {
        assert_eq!(store.damage(), []);
        assert_eq!(store.published("a").unwrap().unwrap().generation, 1);
        assert_eq!(store.trial("a").unwrap().manifest.generation, 2);
        assert_eq!(store.sessions().unwrap().whole.len(), 1);
    };
    let store = open(&path, &['2', '1']).unwrap();
    let resealed = store.resealed();
    let counts = (resealed.revisions, resealed.trials, resealed.sessions);
    assert_eq!(counts, (1, 1, 1));
    whole(&store);
    assert_ne!(store.canary_key(), canary);
    drop(store);
    assert_eq!(refused(&['1']), words);
    let store = open(&path, &['2']).unwrap();
    whole(&store);
    assert_eq!(store.resealed(), Default::default());
}

#[test]
fn the_stores_own_key_can_be_moved_elsewhere_as_it_is() {
    let (dir, path) = two();
    let elsewhere: PathBuf = dir.path().join("elsewhere");
    fs::rename(path.join("store.key"), &elsewhere).unwrap();
    let text = fs::read_to_string(&elsewhere).unwrap();
    let key = StoreKey::parse(text.trim_end()).unwrap();
    assert!(SessionKey::parse(text.trim_end()).is_ok());
    let store = Store::builder(&path).keys(vec![key]).open().unwrap();
    assert_eq!(store.published("a").unwrap().unwrap().generation, 2);
    assert!(!path.join("store.key").exists());
}

#[test]
fn no_key_is_shown() {
    assert_eq!(format!("{:?}", key('7')), "StoreKey");
}
