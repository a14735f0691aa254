//! The store, on disks that lose power and on disks that lie.

mod crash;
mod damage;
mod keeping;

use std::path::Path;

use hospes::{AttachedHeader, FailureKind, Origin, Rule};
use serde_json::json;
use tempfile::TempDir;

use super::{Change, Manifest, Store, StoreError, digest};
use crate::environment::BoundSecret;
use crate::grants::{Grants, Overrides};
use crate::secret::SecretFrom;

/// Grants with something in every field.
pub(super) fn grants() -> Grants {
    let mut grants = Grants::bare("", Some("sandbox"), &Overrides::default()).unwrap();
    grants.params = json!({"url": "https://a.example", "n": 1.5})
        .as_object()
        .unwrap()
        .clone();
    grants.rules = vec![Rule::parse("POST https://a.example/users").unwrap()];
    grants.observe = true;
    let secret = BoundSecret {
        from: SecretFrom::parse("env:KEY").unwrap(),
        to: vec![Origin::parse("https://a.example").unwrap()],
        header: Some(AttachedHeader::new("authorization", "Bearer ").unwrap()),
    };
    grants.secrets.insert("key".to_owned(), secret);
    grants.limits.set("deadline", "1500ms").unwrap();
    grants.retry.on = vec![FailureKind::RateLimited];
    grants
}

/// A component of the test's own, and its manifest.
pub(super) fn revision(node: &str, generation: u64, text: &str) -> (Vec<u8>, Manifest) {
    let component = text.as_bytes().to_vec();
    let mut manifest = Manifest::new(node, generation, digest(&component), grants());
    manifest.grants.digest = Some(manifest.digest.clone());
    manifest.change = Change::Uploaded;
    manifest.why = format!("because of {text}");
    (component, manifest)
}

pub(super) fn publish(store: &Store, node: &str, generation: u64, text: &str) -> Manifest {
    let (component, manifest) = revision(node, generation, text);
    let stored = store.put(&component).unwrap();
    store.commit(&stored, manifest.clone()).unwrap();
    manifest
}

pub(super) fn dir() -> TempDir {
    tempfile::tempdir().unwrap()
}

#[test]
fn what_was_published_is_there_after_a_restart() {
    let dir = dir();
    let store = Store::open(dir.path().join("store")).unwrap();
    assert_eq!(store.highest_generation(), 0);
    publish(&store, "a", 1, "one");
    let second = publish(&store, "a", 3, "two");
    let other = publish(&store, "b", 2, "one");
    drop(store);

    let store = Store::open(dir.path().join("store")).unwrap();
    assert_eq!(store.damage(), []);
    assert_eq!(store.nodes(), ["a", "b"]);
    assert_eq!(store.published("a").unwrap(), Some(second));
    assert_eq!(store.published("b").unwrap(), Some(other));
    assert_eq!(store.published("c").unwrap(), None);
    assert_eq!(store.history("a").len(), 2);
    assert_eq!(store.highest_generation(), 3);
    assert_eq!(store.component(&digest(b"two")).unwrap(), b"two");
}

#[test]
fn a_generation_is_published_once_and_in_order() {
    let dir = dir();
    let store = Store::open(dir.path().join("store")).unwrap();
    publish(&store, "a", 5, "one");
    for generation in [4, 5] {
        let (component, manifest) = revision("a", generation, "two");
        let stored = store.put(&component).unwrap();
        let error = store.commit(&stored, manifest).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!(
                "node `a`: generation {generation} is not above 5, which was published meanwhile"
            )
        );
    }
    let (component, mut manifest) = revision("a", 6, "three");
    let stored = store.put(&component).unwrap();
    manifest.digest = digest(b"four");
    let error = store.commit(&stored, manifest.clone()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "node `a`: the manifest is of another component"
    );
    for name in ["", "../a", "a/b", "a b", "."] {
        manifest.node = name.to_owned();
        let error = store.commit(&stored, manifest.clone()).unwrap_err();
        assert!(matches!(error, StoreError::Manifest { .. }), "{name}");
    }
    assert_eq!(store.published("a").unwrap().unwrap().generation, 5);
}

#[test]
fn one_process_at_a_time_uses_a_store() {
    let dir = dir();
    let path = dir.path().join("store");
    let store = Store::open(&path).unwrap();
    let error = Store::open(&path).err().unwrap().to_string();
    let process = std::process::id();
    let words = format!(
        "another process uses the store {}: its id is {process}",
        path.display()
    );
    assert_eq!(error, words);
    drop(store);
    Store::open(&path).unwrap();
}

#[cfg(unix)]
#[test]
fn everything_is_for_its_owner_only() {
    use std::os::unix::fs::PermissionsExt;

    let dir = dir();
    let path = dir.path().join("store");
    let store = Store::open(&path).unwrap();
    publish(&store, "a", 1, "one");
    drop(store);
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let mut open = vec![path.clone()];
    let mut files = 0;
    while let Some(path) = open.pop() {
        if path.is_dir() {
            assert_eq!(mode(&path), 0o700, "{}", path.display());
            open.extend(
                std::fs::read_dir(&path)
                    .unwrap()
                    .map(|entry| entry.unwrap().path()),
            );
        } else {
            assert_eq!(mode(&path), 0o600, "{}", path.display());
            files += 1;
        }
    }
    assert_eq!(files, 3);

    std::fs::set_permissions(&path, PermissionsExt::from_mode(0o755)).unwrap();
    let error = Store::open(&path).err().unwrap().to_string();
    let words = format!(
        "{}: others can use it; run `chmod 700` on it",
        path.display()
    );
    assert_eq!(error, words);
}

#[test]
fn no_value_of_a_secret_is_written_down() {
    let (_, manifest) = revision("a", 1, "one");
    let text = manifest.to_json();
    assert!(text.contains("\"from\": \"env:KEY\""), "{text}");
    assert_eq!(Manifest::from_json(&text), Ok(manifest));
}

#[test]
fn grants_have_the_fingerprint_of_what_they_say() {
    let same = grants().fingerprint();
    assert_eq!(grants().fingerprint(), same);
    let mut other = grants();
    other.component = "elsewhere.wasm".into();
    assert_eq!(other.fingerprint(), same);
    other.observe = false;
    assert_ne!(other.fingerprint(), same);
}
