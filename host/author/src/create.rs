//! The tree of a new node.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::{error, fmt};

use crate::language::Language;
use crate::name::{self, NameError};
use crate::sdk::{self, File};

macro_rules! template {
    ($path:literal, $template:literal) => {
        ($path, include_str!(concat!("../templates/", $template)))
    };
}

/// In every tree.
const COMMON: &[File] = &[
    template!("golden/greets.json", "common/greets.json"),
    template!("golden/refuses.json", "common/refuses.json"),
    template!("hospes.toml", "common/hospes.toml"),
    ("payload.json", "{\"name\": \"Ada\"}\n"),
];

const RUST: &[File] = &[
    (".gitignore", "/build/\n/target/\n"),
    template!("Cargo.toml", "rust/manifest.toml"),
    template!("README.md", "rust/readme.md"),
    template!("src/lib.rs", "rust/lib.rs"),
    template!("src/main.rs", "rust/main.rs"),
];

const PYTHON: &[File] = &[
    (
        ".gitignore",
        "/build/\n/venv/\n.pytest_cache/\n__pycache__/\n*.egg-info/\n",
    ),
    template!("README.md", "python/readme.md"),
    template!("node.py", "python/node.py"),
    template!("pyproject.toml", "python/pyproject.toml"),
    template!("requirements.txt", "python/requirements.txt"),
    template!("test_node.py", "python/test_node.py"),
];

const JAVASCRIPT: &[File] = &[
    (".gitignore", "/build/\nnode_modules/\n"),
    template!(".npmrc", "js/npmrc"),
    template!("README.md", "js/readme.md"),
    template!("index.js", "js/index.js"),
    template!("index.test.js", "js/index.test.js"),
    template!("package.json", "js/package.json"),
];

/// What a tree has in a language.
fn files(language: Language) -> impl Iterator<Item = &'static File> {
    let own = match language {
        Language::Rust => RUST,
        Language::Python => PYTHON,
        Language::JavaScript => JAVASCRIPT,
    };
    COMMON.iter().chain(own)
}

/// Makes the tree of a new node; the last part of the path is its name.
/// Returns the name.
///
/// The tree appears as a whole or not at all.
///
/// # Errors
///
/// If the name can't be a node's, something is there already, or a file can't
/// be written.
pub fn create(path: &Path, language: Language) -> Result<String, CreateError> {
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
    write(&tree, &name, language).map_err(failed)?;
    // It would replace an empty folder that has appeared meanwhile, and nothing
    // else.
    fs::rename(&tree, path).map_err(failed)?;
    Ok(name.into_owned())
}

fn write(tree: &Path, name: &str, language: Language) -> io::Result<()> {
    let own = name.replace('-', "_");
    for (path, text) in files(language) {
        let text = text.replace("@NAME@", name).replace("@CRATE@", &own);
        sdk::put(&tree.join(path), &text)?;
    }
    let vendor = tree.join("vendor").join(sdk::name(language));
    sdk::write(language, &vendor)
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
        for (language, vendor, quotes) in [
            (
                Language::Rust,
                "vendor/hospes-guest/Cargo.toml",
                ("src/main.rs", "export!(greet_all::Node)"),
            ),
            (
                Language::Python,
                "vendor/hospes-node/src/hospes_node/wit/worlds.wit",
                ("pyproject.toml", "name = \"greet-all\""),
            ),
            (
                Language::JavaScript,
                "vendor/hospes-node/bin/hospes-node.js",
                ("package.json", "\"name\": \"greet-all\""),
            ),
        ] {
            let dir = tempfile::tempdir().unwrap();
            let path = dir.path().join("greet-all");
            assert_eq!(create(&path, language).unwrap(), "greet-all");
            for (file, _) in files(language) {
                let text = fs::read_to_string(path.join(file)).unwrap();
                for placeholder in ["@NAME@", "@CRATE@"] {
                    assert!(!text.contains(placeholder), "{file}");
                }
            }
            assert!(path.join(vendor).is_file(), "{vendor}");
            let (file, quoted) = quotes;
            let text = fs::read_to_string(path.join(file)).unwrap();
            assert!(text.contains(quoted), "{file}: {text}");
            // The README lists files of the tree.
            let readme = fs::read_to_string(path.join("README.md")).unwrap();
            let listed = readme.lines().filter_map(|line| line.strip_prefix("| `"));
            for file in listed.map(|line| line.split('`').next().unwrap()) {
                assert!(path.join(file).exists(), "{file}");
            }
        }
    }

    #[test]
    fn what_exists_is_left_alone_and_nothing_is_half_made() {
        let dir = tempfile::tempdir().unwrap();
        let path = |name: &str| dir.path().join(name);
        fs::create_dir(path("folder")).unwrap();
        fs::write(path("file"), "mine").unwrap();
        for name in ["folder", "file"] {
            let error = create(&path(name), Language::Python).unwrap_err();
            assert!(matches!(error, CreateError::Exists(_)), "{error}");
        }
        let error = create(&path("Folder Two"), Language::Python).unwrap_err();
        assert!(matches!(error, CreateError::Name(_)), "{error}");
        let error = create(&path("missing/greet"), Language::Python).unwrap_err();
        assert!(matches!(error, CreateError::NoParent(_)), "{error}");
        assert_eq!(fs::read_to_string(path("file")).unwrap(), "mine");
        assert_eq!(fs::read_dir(path("folder")).unwrap().count(), 0);
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 2);
    }
}
