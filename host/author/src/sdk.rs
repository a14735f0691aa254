//! The SDKs, which new nodes get.

use std::path::Path;
use std::{fs, io};

use crate::language::Language;

/// A file of a tree: its path, and its text.
pub(crate) type File = (&'static str, &'static str);

include!(concat!(env!("OUT_DIR"), "/sdk.rs"));

/// The manifest of `hospes-guest` in the workspace names versions that only the
/// workspace knows. This one stands alone.
const MANIFEST: &str = "manifest.toml";

/// The SDK's name in its ecosystem.
pub(crate) fn name(language: Language) -> &'static str {
    match language {
        Language::Rust => "hospes-guest",
        Language::Python | Language::JavaScript => "hospes-node",
    }
}

/// Writes the SDK into a folder, as a package to be installed from there.
pub(crate) fn write(language: Language, folder: &Path) -> io::Result<()> {
    let files = match language {
        Language::Rust => RUST,
        Language::Python => PYTHON,
        Language::JavaScript => JAVASCRIPT,
    };
    for (path, text) in files {
        match *path {
            MANIFEST => put(&folder.join("Cargo.toml"), &manifest(text))?,
            path => put(&folder.join(path), text)?,
        }
    }
    Ok(())
}

/// Writes a file, and the folders around it.
pub(crate) fn put(path: &Path, text: &str) -> io::Result<()> {
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)?;
    }
    fs::write(path, text)
}

fn manifest(text: &str) -> String {
    text.replace("@VERSION@", env!("CARGO_PKG_VERSION"))
        .replace("@RUST@", env!("CARGO_PKG_RUST_VERSION"))
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use toml::{Table, Value};

    use super::*;

    fn root() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
    }

    /// The files of a repository's folder, from it on, that git keeps.
    fn sources(root: &Path, dir: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.ends_with("__pycache__") || path.to_string_lossy().ends_with(".egg-info") {
                continue;
            }
            if path.is_dir() {
                sources(root, &path, found);
            } else {
                found.push(path.strip_prefix(root).unwrap().to_owned());
            }
        }
    }

    #[test]
    fn a_new_node_gets_the_whole_sdk() {
        for (language, home, own, parts) in [
            (
                Language::Rust,
                "guest/rust",
                "Cargo.toml",
                ["src", "wit"].as_slice(),
            ),
            (Language::Python, "guest/python", "pyproject.toml", &["src"]),
            (
                Language::JavaScript,
                "guest/js",
                "package.json",
                &["bin", "lib", "wit"],
            ),
        ] {
            let dir = tempfile::tempdir().unwrap();
            write(language, dir.path()).unwrap();
            let home = root().join(home);
            assert!(dir.path().join(own).is_file(), "{own}");
            for part in parts {
                let (mut expected, mut found) = (Vec::new(), Vec::new());
                sources(&home, &home.join(part), &mut expected);
                sources(dir.path(), &dir.path().join(part), &mut found);
                expected.sort();
                found.sort();
                assert!(!found.is_empty(), "{part}");
                assert_eq!(found, expected, "{part}");
                for file in found {
                    let [ours, theirs] =
                        [dir.path(), &home].map(|root| fs::read(root.join(&file)).unwrap());
                    assert_eq!(ours, theirs, "{file:?}");
                }
            }
        }
    }

    #[test]
    fn the_javascript_sdk_has_what_its_package_lists() {
        let dir = tempfile::tempdir().unwrap();
        write(Language::JavaScript, dir.path()).unwrap();
        let package = fs::read(dir.path().join("package.json")).unwrap();
        let package: serde_json::Value = serde_json::from_slice(&package).unwrap();
        for file in package["files"].as_array().unwrap() {
            let file = file.as_str().unwrap();
            assert!(dir.path().join(file).exists(), "{file}");
        }
    }

    #[test]
    fn the_sdk_outside_the_workspace_has_the_same_dependencies() {
        let read = |path: &str| -> Table {
            fs::read_to_string(root().join(path))
                .unwrap()
                .parse()
                .unwrap()
        };
        let (workspace, inside) = (read("Cargo.toml"), read("guest/rust/Cargo.toml"));
        let written = RUST.iter().find(|(path, _)| *path == MANIFEST).unwrap().1;
        let outside: Table = manifest(written).parse().unwrap();
        let expected = |table: &Value| -> Table {
            let inside = table.as_table().unwrap().iter();
            let of = |name: &String, inside: &Value| {
                let shared = workspace["workspace"]["dependencies"][name].clone();
                match inside.get("optional") {
                    None => shared,
                    Some(optional) => Value::Table(Table::from_iter([
                        ("version".to_owned(), shared),
                        ("optional".to_owned(), optional.clone()),
                    ])),
                }
            };
            inside
                .map(|(name, inside)| (name.clone(), of(name, inside)))
                .collect()
        };
        assert_eq!(
            outside["dependencies"],
            Value::Table(expected(&inside["dependencies"]))
        );
        assert_eq!(outside["features"], inside["features"]);
        let wasm = |table: &Table| {
            table["target"]["cfg(target_family = \"wasm\")"]["dependencies"].clone()
        };
        assert_eq!(wasm(&outside), Value::Table(expected(&wasm(&inside))));
        let package = &workspace["workspace"]["package"];
        for key in ["version", "edition", "rust-version", "license"] {
            assert_eq!(outside["package"][key], package[key], "{key}");
        }
    }
}
