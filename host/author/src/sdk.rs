//! The SDK that a new node gets.

/// A file of a tree: its path, and its text.
pub(crate) type File = (&'static str, &'static str);

macro_rules! file {
    ($path:literal) => {
        ($path, include_str!(concat!("../sdk/", $path)))
    };
}

/// The sources of `hospes-guest`, and the contract that they bind.
pub(crate) const RUST: &[File] = &[
    file!("src/action.rs"),
    file!("src/bindings.rs"),
    file!("src/boundary.rs"),
    file!("src/component.rs"),
    file!("src/context.rs"),
    file!("src/decode.rs"),
    file!("src/description.rs"),
    file!("src/export.rs"),
    file!("src/failure.rs"),
    file!("src/host.rs"),
    file!("src/host/component.rs"),
    file!("src/host/scripted.rs"),
    file!("src/http.rs"),
    file!("src/lib.rs"),
    file!("src/log.rs"),
    file!("src/message.rs"),
    file!("src/message/error.rs"),
    file!("src/message/level.rs"),
    file!("src/message/request.rs"),
    file!("src/message/response.rs"),
    file!("src/testing.rs"),
    file!("wit/about.wit"),
    file!("wit/action.wit"),
    file!("wit/http.wit"),
    file!("wit/log.wit"),
    file!("wit/types.wit"),
    file!("wit/worlds.wit"),
];

/// The manifest of `hospes-guest` outside of its workspace.
pub(crate) fn manifest() -> String {
    include_str!("../sdk/manifest.toml")
        .replace("@VERSION@", env!("CARGO_PKG_VERSION"))
        .replace("@RUST@", env!("CARGO_PKG_RUST_VERSION"))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::{Path, PathBuf};

    use toml::{Table, Value};

    use super::*;

    fn sources(dir: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                sources(&path, found);
            } else {
                found.push(path);
            }
        }
    }

    #[test]
    fn a_new_node_gets_the_whole_sdk() {
        let sdk = Path::new(env!("CARGO_MANIFEST_DIR")).join("sdk");
        let mut found = Vec::new();
        sources(&sdk.join("src"), &mut found);
        sources(&sdk.join("wit"), &mut found);
        found.sort();
        let mut listed: Vec<PathBuf> = RUST.iter().map(|(path, _)| sdk.join(path)).collect();
        listed.sort();
        assert_eq!(listed, found);
    }

    #[test]
    fn the_sdk_outside_the_workspace_has_the_same_dependencies() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let read = |path: &str| -> Table {
            fs::read_to_string(root.join(path))
                .unwrap()
                .parse()
                .unwrap()
        };
        let (workspace, inside) = (read("Cargo.toml"), read("guest/rust/Cargo.toml"));
        let outside: Table = manifest().parse().unwrap();
        let expected = |table: &Value| -> Table {
            let names = table.as_table().unwrap().keys();
            let of = |name: &String| workspace["workspace"]["dependencies"][name].clone();
            names.map(|name| (name.clone(), of(name))).collect()
        };
        assert_eq!(
            outside["dependencies"],
            Value::Table(expected(&inside["dependencies"]))
        );
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
