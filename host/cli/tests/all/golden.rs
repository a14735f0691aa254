//! Folders of golden cases, with which any component of that node can be checked.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::dir::Dir;

/// The cases of the Braze node, whatever its language.
pub(crate) fn braze_track() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../guest/nodes/braze-track/golden")
}

/// The cases of the node that asks three systems.
pub(crate) fn enrich() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../guest/nodes/enrich/golden")
}

/// Runs every case of a folder, which has a solution file, against a component
/// that is called `name` there.
pub(crate) fn passes(folder: &Path, name: &str, component: &Path) {
    let dir = Dir::new();
    fs::copy(component, dir.path().join(format!("{name}.wasm"))).unwrap();
    for file in files(folder) {
        fs::copy(folder.join(&file), dir.path().join(&file)).unwrap();
    }
    dir.hospes(["check"]).run().code(0);
}

fn files(folder: &Path) -> BTreeSet<String> {
    let files = fs::read_dir(folder).unwrap();
    files
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .collect()
}

#[test]
fn the_braze_node_in_rust_passes_the_cases_of_the_braze_node() {
    let component = Path::new(hospes_artifacts::BRAZE_TRACK);
    passes(&braze_track(), "braze-track", component);
}

#[test]
fn the_enrich_node_in_rust_passes_the_cases_of_the_enrich_node() {
    passes(&enrich(), "enrich", Path::new(hospes_artifacts::ENRICH));
}

#[test]
fn every_listing_of_the_page_for_rust_is_code_of_the_enrich_node() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let read = |file: &str| fs::read_to_string(root.join(file)).unwrap();
    let code = read("guest/nodes/enrich/src/lib.rs") + &read("guest/nodes/enrich/src/tests.rs");
    let page = read("docs/rust.md");
    let listings: Vec<_> = page.split("```rust\n").skip(1).collect();
    assert_eq!(listings.len(), 4);
    for listing in listings {
        let listing = listing.split("```").next().unwrap();
        assert!(code.contains(listing), "{listing}");
    }
}

#[test]
fn every_golden_case_of_a_node_is_run() {
    for folder in [braze_track(), enrich()] {
        let solution = fs::read_to_string(folder.join("hospes.toml")).unwrap();
        let listed = solution
            .lines()
            .filter_map(|line| line.trim().strip_prefix('"')?.strip_suffix("\","))
            .filter(|listed| listed.ends_with(".json"));
        let mut listed: BTreeSet<_> = listed.map(str::to_owned).collect();
        listed.insert("hospes.toml".to_owned());
        assert_eq!(listed, files(&folder), "{}", folder.display());
    }
}
