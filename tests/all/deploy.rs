use std::fs;
use std::path::Path;
use std::sync::Arc;

use hospes::swap::Approval;
use hospes::{Context, LoadError, Runtime};
use hospes_artifacts::{COUNTER, HELLO};
use hospes_deploy::store::{Store, StoreError};
use hospes_deploy::{DeployError, Deployer, HistoryEvent, UploadOptions};
use hospes_solution::{Grants, Overrides};

/// A deployer over a directory's store, with a node.
fn open(directory: &Path, component: &str) -> Deployer {
    let store = Store::open(directory).unwrap();
    let deployer = Deployer::open(Runtime::builder().build().unwrap(), store).unwrap();
    let grants = Grants::bare(component, None, &Overrides::default()).unwrap();
    deployer.start(vec![("node".to_owned(), grants)]).unwrap();
    deployer
}

fn approved() -> UploadOptions {
    let mut options = UploadOptions::default();
    options.approval = Approval::Wider;
    options
}

#[test]
fn what_was_deployed_without_a_server_comes_back_as_it_was() {
    let directory = tempfile::tempdir().unwrap();
    let deployer = open(&directory.path().join("store"), HELLO);
    let counter = fs::read(COUNTER).unwrap();
    let deployed = deployer.upload("node", &counter, approved()).unwrap();
    assert_eq!(deployed.previous.unwrap().generation, 1);
    drop(deployer);

    let deployer = open(&directory.path().join("store"), HELLO);
    let serving = &deployer.runtime().nodes()[0].revision;
    assert_eq!(**serving, *deployed.revision);
    // The first one is there for a rollback.
    let back = deployer
        .roll_back("node", None, Approval::Wider, "it was better")
        .unwrap();
    assert_ne!(back.revision.digest, deployed.revision.digest);
    let history = deployer.history("node").unwrap();
    let notes: Vec<&str> = history.iter().map(|record| &*record.note).collect();
    assert_eq!(notes[0], "the solution file");
    assert!(matches!(history[0].happened, HistoryEvent::Before(_)));
    assert!(matches!(
        history.last().unwrap().happened,
        HistoryEvent::Here(hospes::swap::ChangeKind::RolledBack { .. })
    ));
    let outcome =
        deployer
            .runtime()
            .execute_blocking("node", r#"{"name": "Ada"}"#, &Context::new());
    assert!(outcome.unwrap().result().is_some());
    drop(deployer);
    let deployer = open(&directory.path().join("store"), HELLO);
    assert_eq!(*deployer.runtime().nodes()[0].revision, *back.revision);
}

#[test]
fn what_is_refused_is_told_apart_and_changes_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let deployer = open(&directory.path().join("store"), HELLO);
    let before = deployer.runtime().nodes()[0].revision.clone();
    let counter = fs::read(COUNTER).unwrap();
    let upload = |node: &str, bytes: &[u8]| {
        let options = UploadOptions::default();
        deployer.upload(node, bytes, options).unwrap_err()
    };
    assert!(matches!(
        upload("node", b"text"),
        DeployError::Refused(LoadError::NotAComponent(_))
    ));
    assert!(matches!(
        upload("other", &counter),
        DeployError::NotGranted { node } if node == "other"
    ));
    assert!(matches!(
        upload("node", &counter),
        DeployError::NeedsApproval { changes, approval: None, .. } if !changes.breaking.is_empty()
    ));
    let to = |generation| {
        let rolled_back = deployer.roll_back("node", Some(generation), Approval::Same, "");
        rolled_back.unwrap_err()
    };
    assert!(matches!(to(99), DeployError::UnknownGeneration(_)));
    assert!(matches!(
        deployer.promote("node", "").unwrap_err(),
        DeployError::NoTrial { .. }
    ));
    assert!(matches!(
        deployer.remove("other", "").unwrap_err(),
        DeployError::UnknownNode { .. }
    ));
    assert_eq!(deployer.runtime().nodes()[0].revision, before);
}

#[test]
fn a_store_has_one_deployer_at_a_time() {
    let directory = tempfile::tempdir().unwrap();
    let deployer = open(&directory.path().join("store"), HELLO);
    let second = Store::open(directory.path().join("store"));
    assert!(matches!(second, Err(StoreError::Locked { .. })));
    drop(deployer);
    // Also in one process, where sessions share the store.
    let store = Arc::new(Store::open(directory.path().join("store")).unwrap());
    let runtime = Runtime::builder().build().unwrap();
    let open = || Deployer::open(runtime.clone(), Arc::clone(&store));
    let deployer = open().unwrap();
    let second = open().unwrap_err();
    assert!(matches!(&second, DeployError::StoreInUse { dir } if dir == store.dir()));
    drop(deployer);
    open().unwrap();
}

#[test]
fn the_runtime_outlives_its_deployer() {
    let directory = tempfile::tempdir().unwrap();
    let deployer = open(&directory.path().join("store"), HELLO);
    let runtime = deployer.runtime().clone();
    drop(deployer);
    let outcome = runtime.execute_blocking("node", r#"{"name": "Ada"}"#, &Context::new());
    assert!(outcome.unwrap().result().is_some());
}
