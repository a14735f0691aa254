//! What each published crate carries, so that it builds without the rest of the repository.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The manifests of the crates that are published, by folder.
fn published() -> BTreeMap<String, String> {
    let workspace = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let (_, members) = workspace.split_once("members = [").unwrap();
    let members = members.split_once(']').unwrap().0;
    let manifests = members.split('"').skip(1).step_by(2).map(|member| {
        let manifest = fs::read_to_string(root().join(member).join("Cargo.toml")).unwrap();
        (member.to_owned(), manifest)
    });
    manifests
        .filter(|(_, manifest)| !manifest.contains("publish.workspace = true"))
        .collect()
}

#[test]
fn a_published_crate_has_all_that_a_registry_shows() {
    let published = published();
    assert!(published.contains_key("host/cli"), "{published:?}");
    for (member, manifest) in published {
        for key in [
            "description = ",
            "version.workspace = true",
            "rust-version.workspace = true",
            "license.workspace = true",
            "repository.workspace = true",
            "include.workspace = true",
            "readme = ",
            "keywords = ",
            "categories = ",
        ] {
            assert!(
                manifest.contains(&format!("\n{key}")),
                "{member}/Cargo.toml: {key}"
            );
        }
        let license = fs::read_to_string(root().join(&member).join("LICENSE"));
        assert_eq!(
            license.unwrap_or_default(),
            fs::read_to_string(root().join("LICENSE")).unwrap(),
            "{member}/LICENSE: link it to the repository's"
        );
        let (_, readme) = manifest.split_once("\nreadme = \"").unwrap();
        let readme = readme.split('"').next().unwrap();
        assert!(
            root().join(&member).join(readme).is_file(),
            "{member}: {readme}"
        );
    }
}

#[test]
fn a_published_crate_is_built_from_published_crates() {
    let published = published();
    let name = |manifest: &str| {
        let (_, name) = manifest.split_once("\nname = \"").unwrap();
        name.split('"').next().unwrap().to_owned()
    };
    let names: Vec<String> = published.values().map(|manifest| name(manifest)).collect();
    for (member, manifest) in &published {
        let sections = manifest.split("\n[").filter(|section| {
            let title = section.split(']').next().unwrap();
            title.ends_with("dependencies") && !title.ends_with("dev-dependencies")
        });
        for line in sections.flat_map(str::lines) {
            let used = line.split(['.', ' ', '=']).next().unwrap();
            if used.starts_with("hospes") {
                assert!(names.iter().any(|name| name == used), "{member}: {used}");
            }
        }
    }
}

#[test]
fn the_wit_inside_a_crate_is_the_contract() {
    let files = |dir: &Path| -> BTreeMap<_, _> {
        let entries = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap());
        entries
            .map(|entry| (entry.file_name(), fs::read_to_string(entry.path()).unwrap()))
            .collect()
    };
    let contract = files(&root().join("wit"));
    let mut found = 0;
    for member in published().keys() {
        let wit = root().join(member).join("wit");
        if wit.exists() {
            assert!(files(&wit) == contract, "{member}/wit differs from wit/");
            found += 1;
        }
    }
    assert_eq!(found, 3, "host, SDK and benchmark bind the contract");
}

#[test]
fn no_source_of_a_published_crate_reads_a_file_outside_of_it() {
    for member in published().keys() {
        let dir = root().join(member);
        check(&dir, &dir.join("src"), 1);
    }
}

fn check(member: &Path, dir: &Path, depth: usize) {
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            check(member, &path, depth + 1);
            continue;
        }
        let text = String::from_utf8(fs::read(&path).unwrap()).unwrap();
        for macro_ in ["include_str!(\"", "include_bytes!(\"", "include!(\""] {
            for rest in text.split(macro_).skip(1) {
                let file = rest.split('"').next().unwrap();
                let up = file.matches("../").count();
                assert!(
                    up <= depth,
                    "{}: {file} is not in {}",
                    path.display(),
                    member.display()
                );
            }
        }
    }
}

#[test]
fn the_table_of_versions_is_the_one_of_the_manifests() {
    let read = |name: &str| fs::read_to_string(root().join(name)).unwrap();
    let (workspace, contributing) = (read("Cargo.toml"), read("CONTRIBUTING.md"));
    let after = |text: &str, start: &str| -> String {
        let (_, rest) = text.split_once(start).unwrap();
        rest.split(['"', ';', ',']).next().unwrap().to_owned()
    };
    let version = after(&workspace, "\nversion = \"");
    let rust = after(&workspace, "\nrust-version = \"");
    let contract = after(&read("wit/worlds.wit"), "package ");
    let wasmtime = after(&workspace, "\nwasmtime = { version = \">=");
    let (minor, _) = version.rsplit_once('.').unwrap();
    let wasmtime = wasmtime.split('.').next().unwrap();
    let row = format!("| {minor} | `{contract}` | {wasmtime} (LTS) |");
    assert!(contributing.contains(&row), "CONTRIBUTING.md: {row}");
    assert!(
        contributing.contains(&format!("today {rust}.")),
        "CONTRIBUTING.md: {rust}"
    );
    for line in workspace.lines().filter(|line| line.contains("path = \"")) {
        if line.contains("version = ") {
            assert!(line.contains(&format!("version = \"{version}\"")), "{line}");
        }
    }
}
