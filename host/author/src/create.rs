//! The tree of a new node.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::{error, fmt};

use crate::name::{self, NameError};
use crate::sdk::{self, File};

const TREE: &[File] = &[
    (".gitignore", "/build/\n/target/\n"),
    (
        "Cargo.toml",
        include_str!("../templates/rust/manifest.toml"),
    ),
    ("README.md", include_str!("../templates/rust/readme.md")),
    (
        "golden/greets.json",
        include_str!("../templates/rust/greets.json"),
    ),
    (
        "golden/refuses.json",
        include_str!("../templates/rust/refuses.json"),
    ),
    ("hospes.toml", include_str!("../templates/rust/hospes.toml")),
    ("payload.json", "{\"name\": \"Ada\"}\n"),
    ("src/lib.rs", include_str!("../templates/rust/lib.rs")),
    ("src/main.rs", include_str!("../templates/rust/main.rs")),
];

/// Where the SDK is inside the tree.
const VENDOR: &str = "vendor/hospes-guest";

/// Makes the tree of a new node in Rust; the last part of the path is its
/// name. Returns the name.
///
/// The tree appears as a whole or not at all.
///
/// # Errors
///
/// If the name can't be a node's, something is there already, or a file can't
/// be written.
pub fn create(path: &Path) -> Result<String, CreateError> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name::check(&name).map_err(CreateError::Name)?;
    if fs::symlink_metadata(path).is_ok() {
        return Err(CreateError::Exists(path.to_owned()));
    }
    let parent = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    if !parent.is_dir() {
        return Err(CreateError::NoParent(parent.to_owned()));
    }
    let failed = |error| CreateError::Write(path.to_owned(), error);
    // Beside it, so that a rename is enough. Removed with all that is left in
    // it.
    let unfinished = tempfile::Builder::new()
        .prefix(".hospes-new-")
        .tempdir_in(parent)
        .map_err(failed)?;
    let tree = unfinished.path().join(&*name);
    write(&tree, &name).map_err(failed)?;
    // It would replace an empty folder that has appeared meanwhile, and nothing
    // else.
    fs::rename(&tree, path).map_err(failed)?;
    Ok(name.into_owned())
}

fn write(tree: &Path, name: &str) -> io::Result<()> {
    let own = name.replace('-', "_");
    for (path, text) in TREE {
        let text = text.replace("@NAME@", name).replace("@CRATE@", &own);
        put(&tree.join(path), &text)?;
    }
    let vendor = tree.join(VENDOR);
    put(&vendor.join("Cargo.toml"), &sdk::manifest())?;
    for (path, text) in sdk::RUST {
        put(&vendor.join(path), text)?;
    }
    Ok(())
}

fn put(path: &Path, text: &str) -> io::Result<()> {
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)?;
    }
    fs::write(path, text)
}

/// Why a node was not made.
#[derive(Debug)]
#[non_exhaustive]
pub enum CreateError {
    /// The name can't be a node's.
    Name(NameError),
    /// There is something under this path.
    Exists(PathBuf),
    /// The folder that would contain the node does not exist.
    NoParent(PathBuf),
    /// The tree can't be written.
    Write(PathBuf, io::Error),
}

impl fmt::Display for CreateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CreateError::Name(error) => write!(f, "{error}"),
            CreateError::Exists(path) => write!(
                f,
                "{} exists: choose another name, or remove it first",
                path.display()
            ),
            CreateError::NoParent(path) => {
                write!(f, "there is no folder {}: make it first", path.display())
            }
            CreateError::Write(path, error) => {
                write!(f, "can't make {}: {error}", path.display())
            }
        }
    }
}

impl error::Error for CreateError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tree_is_whole_and_has_no_placeholder_left() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("greet-all");
        assert_eq!(create(&path).unwrap(), "greet-all");
        for (file, _) in TREE {
            let text = fs::read_to_string(path.join(file)).unwrap();
            for placeholder in ["@NAME@", "@CRATE@"] {
                assert!(!text.contains(placeholder), "{file}");
            }
        }
        let main = fs::read_to_string(path.join("src/main.rs")).unwrap();
        assert!(main.contains("export!(greet_all::Node)"), "{main}");
        let manifest = fs::read_to_string(path.join(VENDOR).join("Cargo.toml")).unwrap();
        assert!(!manifest.contains('@'), "{manifest}");
    }

    #[test]
    fn what_exists_is_left_alone_and_nothing_is_half_made() {
        let dir = tempfile::tempdir().unwrap();
        let path = |name: &str| dir.path().join(name);
        fs::create_dir(path("folder")).unwrap();
        fs::write(path("file"), "mine").unwrap();
        for name in ["folder", "file"] {
            let error = create(&path(name)).unwrap_err();
            assert!(matches!(error, CreateError::Exists(_)), "{error}");
        }
        let error = create(&path("Folder Two")).unwrap_err();
        assert!(matches!(error, CreateError::Name(_)), "{error}");
        let error = create(&path("missing/greet")).unwrap_err();
        assert!(matches!(error, CreateError::NoParent(_)), "{error}");
        assert_eq!(fs::read_to_string(path("file")).unwrap(), "mine");
        assert_eq!(fs::read_dir(path("folder")).unwrap().count(), 0);
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 2);
    }
}
