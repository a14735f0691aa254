//! What is kept, and what is not.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::super::Retention;
use super::*;

fn components(store: &Store) -> usize {
    std::fs::read_dir(store.dir().join("components"))
        .unwrap()
        .count()
}

fn generations(store: &Store) -> Vec<u64> {
    store
        .history("a")
        .iter()
        .map(|manifest| manifest.generation)
        .collect()
}

#[test]
fn old_revisions_go_by_count_and_by_age_and_what_serves_stays() {
    let day = Duration::from_secs(24 * 60 * 60);
    for (revisions, age, kept) in [
        (20, 90 * day, &[1, 2, 3, 4, 5][..]),
        (3, 90 * day, &[3, 4, 5]),
        (0, 90 * day, &[4, 5]),
        (20, Duration::ZERO, &[4, 5]),
        (20, 7 * day, &[3, 4, 5]),
    ] {
        let dir = dir();
        let store = Store::open(dir.path().join("store")).unwrap();
        let now = Timestamp::now();
        for generation in 1..=5_u64 {
            let (component, mut manifest) = revision("a", generation, &format!("{generation}"));
            // The newest of today, the others 3 days apart.
            manifest.at = now - SignedDuration::from_hours(24 * 3 * (5 - generation as i64));
            let stored = store.put(&component).unwrap();
            store.commit(&stored, manifest).unwrap();
        }
        let collected = store.collect(&Retention { revisions, age }, now).unwrap();
        assert_eq!(generations(&store), kept, "{revisions} {age:?}");
        assert_eq!(components(&store), kept.len());
        assert_eq!(
            (collected.revisions, collected.components),
            (5 - kept.len(), 5 - kept.len())
        );
        // The same after a restart.
        drop(store);
        let store = Store::open(dir.path().join("store")).unwrap();
        assert_eq!(generations(&store), kept);
        assert_eq!(
            store.collect(&Retention { revisions, age }, now).unwrap(),
            Default::default()
        );
    }
}

#[test]
fn a_component_that_is_about_to_be_published_is_not_collected() {
    let dir = dir();
    let store = Store::open(dir.path().join("store")).unwrap();
    let (component, manifest) = revision("a", 1, "one");
    let stored = store.put(&component).unwrap();
    let second = store.put(&component).unwrap();
    drop(second);
    let collect = || {
        store
            .collect(&Retention::default(), Timestamp::now())
            .unwrap()
    };
    assert_eq!(collect().components, 0);
    store.commit(&stored, manifest).unwrap();
    drop(stored);
    assert_eq!(collect().components, 0);
    drop(store.put(b"never published").unwrap());
    assert_eq!(collect().components, 1);
    assert_eq!(store.component(&digest(b"one")).unwrap(), b"one");
}
