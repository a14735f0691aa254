//! The store, on disks that lose power and on disks that lie.

mod adopt;
mod crash;
mod damage;
mod keeping;
mod seals;
mod together;

use std::path::Path;
use std::sync::Arc;

use hospes::egress::{AttachedHeader, Secret, SecretError, SecretSource};
use hospes::outcome::FailureKind;
use hospes::policy::{Origin, Rule};
use hospes::protection::Protection;
use hospes::signature::{SigningKey, Statement, TrustedKey};
use hospes::swap::Rollout;
use jiff::Timestamp;
use serde_json::json;
use tempfile::TempDir;

use super::Retention;
use super::seal::BROKEN;
use super::{Change, Manifest, Store, StoreError, Trial, digest};
use hospes_solution::secret::{Vault, VaultSecret, Vaults};
use hospes_solution::{BoundSecret, Grants, Overrides, SecretFrom};

/// Grants with something in every field.
pub(super) fn grants() -> Grants {
    let mut grants = Grants::bare("", Some("sandbox"), &Overrides::default()).unwrap();
    grants.params = json!({"url": "https://a.example", "n": 1.5})
        .as_object()
        .unwrap()
        .clone();
    grants.rules = vec![Rule::parse("POST https://a.example/users").unwrap()];
    grants.observe = true;
    let from = SecretFrom::parse("env:KEY").unwrap();
    let mut secret = BoundSecret::new(from, [Origin::parse("https://a.example").unwrap()]);
    secret.header = Some(AttachedHeader::new("authorization", "Bearer ").unwrap());
    secret.withhold = true;
    grants.secrets.insert("key".to_owned(), secret);
    grants.limits.set("deadline", "1500ms").unwrap();
    grants.retry.on = vec![FailureKind::RateLimited];
    let key = SigningKey::from_bytes(&[7; 32]);
    grants.admission.signed_by = vec![
        TrustedKey::new(key.verifying_key())
            .min_version("1.0.0")
            .unwrap(),
    ];
    grants.admission.signatures = vec![key.sign(Statement::new("sha256:00", grants.hash()))];
    let mut protection = Protection::default();
    protection.faults = 3;
    protection.window = std::time::Duration::from_millis(1500);
    grants.admission.protection = Some(protection);
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

/// Lets a revision take part in serving.
pub(super) fn tried(store: &Store, node: &str, generation: u64, text: &str) {
    let (component, manifest) = revision(node, generation, text);
    let stored = store.put(&component).unwrap();
    let trial = Trial::new(manifest, canary());
    store.commit_trial(&stored, trial).unwrap();
}

pub(super) fn canary() -> Rollout {
    Rollout::Canary {
        percent: 5,
        key: Some("user".to_owned()),
    }
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
fn a_trial_is_there_after_a_restart_until_something_is_published() {
    let dir = dir();
    let path = dir.path().join("store");
    let open = || Store::open(&path).unwrap();
    let store = open();
    let published = publish(&store, "a", 1, "one");
    tried(&store, "a", 4, "two");
    drop(store);

    let store = open();
    assert_eq!(store.damage(), []);
    assert_eq!(store.published("a").unwrap(), Some(published));
    assert_eq!(store.highest_generation(), 4);
    let trial = store.trial("a").unwrap();
    assert_eq!(trial.manifest, {
        let mut manifest = revision("a", 4, "two").1;
        manifest.at = trial.manifest.at;
        manifest
    });
    assert_eq!((trial.rollout, trial.aborted), (canary(), None));
    // What takes part is not collected, what was aborted is.
    let keep = Retention::default();
    let collect = |store: &Store| store.collect(&keep, Timestamp::now()).unwrap().components;
    assert_eq!(collect(&store), 0);
    store.abort_trial("a", "it broke").unwrap();
    store.abort_trial("a", "again").unwrap();
    drop(store);
    let store = open();
    let aborted = store.trial("a").unwrap().aborted;
    assert_eq!(aborted.as_deref(), Some("it broke"));
    assert_eq!(collect(&store), 1);

    let (component, manifest) = revision("a", 1, "two");
    let stored = store.put(&component).unwrap();
    let error = store.commit_trial(&stored, Trial::new(manifest, Rollout::Shadow));
    assert_eq!(
        error.unwrap_err().to_string(),
        "node `a`: generation 1 is not above 1, which was published in the meantime"
    );
    tried(&store, "a", 5, "two");
    publish(&store, "a", 6, "three");
    assert_eq!(store.trial("a"), None);
    drop(store);
    assert_eq!(open().trial("a"), None);
}

#[test]
fn a_trial_that_is_damaged_or_in_another_place_is_not_used() {
    let dir = dir();
    let path = dir.path().join("store");
    let store = Store::open(&path).unwrap();
    publish(&store, "a", 1, "one");
    tried(&store, "a", 2, "two");
    drop(store);
    let (file, other) = (path.join("trials/a.json"), path.join("trials/b.json"));
    let whole = std::fs::read_to_string(&file).unwrap();
    for (at, content) in [
        (&file, whole.replace("canary", "shadow")),
        (&file, whole[..whole.len() / 2].to_owned()),
        (&file, String::new()),
        (&other, whole.clone()),
    ] {
        _ = std::fs::remove_file(&file);
        std::fs::write(at, content).unwrap();
        let store = Store::open(&path).unwrap();
        let damage = store.damage();
        assert_eq!(damage.len(), 1);
        assert_eq!(damage[0].to_string(), format!("{}: {BROKEN}", at.display()));
        assert_eq!((store.trial("a"), store.trial("b")), (None, None));
        assert_eq!(store.published("a").unwrap().unwrap().generation, 1);
    }
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
                "node `a`: generation {generation} is not above 5, which was published in the meantime"
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
    assert_eq!(files, 5);

    std::fs::set_permissions(&path, PermissionsExt::from_mode(0o755)).unwrap();
    let error = Store::open(&path).err().unwrap().to_string();
    let words = format!(
        "{}: other users can access it: run `chmod 700` on it",
        path.display()
    );
    assert_eq!(error, words);
}

#[test]
fn no_value_of_a_secret_is_written_down() {
    let (_, manifest) = revision("a", 1, "one");
    let text = manifest.to_json();
    assert!(text.contains("\"from\": \"env:KEY\""), "{text}");
    assert_eq!(Manifest::from_json(&text, &Vaults::new()), Ok(manifest));
}

struct Safe;

impl Vault for Safe {
    fn fetch(&self, path: &str) -> Result<Secret, SecretError> {
        Secret::new(format!("value-of-{path}")).map_err(|_| SecretError::new("no such path"))
    }
}

#[test]
fn a_secret_from_a_vault_is_there_after_a_restart_if_the_vault_is() {
    let dir = dir();
    let path = dir.path().join("store");
    let vault = || ("safe".to_owned(), Arc::new(Safe) as Arc<dyn Vault>);
    let store = Store::open_with_vaults(&path, [vault()]).unwrap();
    let (component, mut manifest) = revision("a", 1, "one");
    let secret = manifest.grants.secrets.get_mut("key").unwrap();
    secret.from = SecretFrom::Vault(VaultSecret::new("safe", "crm/key", vault().1));
    let stored = store.put(&component).unwrap();
    store.commit(&stored, manifest.clone()).unwrap();
    drop(store);

    let store = Store::open_with_vaults(&path, [vault()]).unwrap();
    let published = store.published("a").unwrap().unwrap();
    assert_eq!(published, manifest);
    let secret = published.grants.secrets["key"].from.fetch().unwrap();
    assert_eq!(secret.expose(), "value-of-crm/key");
    drop(store);
    let error = Store::open(&path).unwrap().published("a").unwrap_err();
    let words = "a secret comes from `env:VARIABLE` or `file:PATH`";
    assert!(error.to_string().ends_with(words), "{error}");
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
