//! Why there is no component.

use std::io;
use std::path::PathBuf;
use std::{error, fmt};

use crate::language::Language;
use crate::toolchain::ToolchainError;

/// Why there is no component.
#[derive(Debug)]
#[non_exhaustive]
pub enum BuildError {
    /// The folder has no node.
    NoNode(PathBuf),
    /// The file is not a node's source.
    NotASource(PathBuf),
    /// The folder's manifest is wrong: its file, and why.
    Manifest(PathBuf, String),
    /// Nodes in this language have no engine to choose.
    NoEngine(Language),
    /// Tests belong to a folder, and this is a file.
    NoFolder(PathBuf),
    /// The toolchain can't be used.
    Toolchain(ToolchainError),
    /// The sources under this path don't compile. The toolchain has said why.
    Compile(PathBuf),
    /// There is no solution file of these settings. It was said why.
    Settings(PathBuf),
    /// The package of this manifest has no program, or several.
    Programs(PathBuf),
    /// The component can't be written.
    Write(PathBuf, io::Error),
}

impl From<ToolchainError> for BuildError {
    fn from(error: ToolchainError) -> Self {
        BuildError::Toolchain(error)
    }
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BuildError::NoNode(path) if !path.exists() => {
                write!(f, "there is no {}", path.display())
            }
            BuildError::NoNode(dir) => write!(
                f,
                "there is no node in {}: name a folder with a Cargo.toml, a pyproject.toml or a \
                 package.json, or make a node with `hospes new NAME`",
                dir.display()
            ),
            BuildError::NotASource(file) => write!(
                f,
                "{} is not a node's source: name a .py, .js or .ts file, or the folder of a node",
                file.display()
            ),
            BuildError::Manifest(file, says) => write!(f, "{}: {says}", file.display()),
            BuildError::NoEngine(language) => write!(
                f,
                "a node in {language} has no engine to choose: leave out `--engine`"
            ),
            BuildError::NoFolder(file) => write!(
                f,
                "{} is a file: name the folder of the node, which has its tests",
                file.display()
            ),
            BuildError::Toolchain(error) => write!(f, "{error}"),
            BuildError::Compile(path) => write!(
                f,
                "the node in {} does not compile; the errors above name file and line",
                path.display()
            ),
            BuildError::Settings(file) => write!(
                f,
                "there is no solution file of {}; the message above says why",
                file.display()
            ),
            BuildError::Programs(manifest) => write!(
                f,
                "{}: a node is a package with one program: give it one `src/main.rs` with \
                 `hospes_guest::export!(...)` and an empty `main`",
                manifest.display()
            ),
            BuildError::Write(path, error) => {
                write!(f, "can't write {}: {error}", path.display())
            }
        }
    }
}

impl error::Error for BuildError {}
