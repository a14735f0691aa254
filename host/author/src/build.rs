//! From sources to a component.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{error, fmt};

use crate::cargo::{Program, programs};
use crate::toolchain::{self, TARGET, ToolchainError};

/// Where components are, inside a node's folder.
const BUILD: &str = "build";

/// A component that was built.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Built {
    /// The node's name.
    pub name: String,
    /// The component's file, `build/NAME.wasm` in the node's folder.
    pub component: PathBuf,
}

/// Builds the node in a folder with cargo, which reports on standard error.
///
/// The same sources give the same bytes, and unchanged bytes are not written
/// again.
///
/// # Errors
///
/// If there is no node, the toolchain is missing or too old, the sources don't
/// compile, or the component can't be written.
pub fn build(dir: &Path) -> Result<Built, BuildError> {
    let manifest = manifest(dir)?;
    toolchain::check(dir).map_err(BuildError::Toolchain)?;
    let output = Command::new("cargo")
        .args(["build", "--release", "--target", TARGET])
        .args(["--message-format", "json-render-diagnostics"])
        .current_dir(dir)
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| BuildError::Toolchain(toolchain::missing("cargo", error)))?;
    if !output.status.success() {
        return Err(BuildError::Compile(dir.to_owned()));
    }
    let messages = String::from_utf8_lossy(&output.stdout);
    let mut programs = programs(&messages, &manifest).into_iter();
    let (Some(program), None) = (programs.next(), programs.next()) else {
        return Err(BuildError::Programs(manifest));
    };
    let component = put(dir, &program).map_err(|error| BuildError::Write(program.file, error))?;
    Ok(Built {
        name: program.name,
        component,
    })
}

/// Runs the native tests of the node in a folder with cargo, which reports on
/// standard error. Returns whether all of them passed.
///
/// # Errors
///
/// If there is no node, or cargo is missing.
pub fn native_tests(dir: &Path) -> Result<bool, BuildError> {
    manifest(dir)?;
    let status = Command::new("cargo")
        .arg("test")
        .current_dir(dir)
        .stdin(Stdio::null())
        // Standard output is for results.
        .stdout(io::stderr())
        .status();
    let status = status.map_err(|error| toolchain::missing("cargo", error));
    Ok(status.map_err(BuildError::Toolchain)?.success())
}

fn manifest(dir: &Path) -> Result<PathBuf, BuildError> {
    let manifest = dir.join("Cargo.toml");
    match manifest.is_file() {
        true => Ok(manifest),
        false => Err(BuildError::NoNode(dir.to_owned())),
    }
}

/// Puts the component where it stays. A reader sees the old one or the new
/// one, never a part.
fn put(dir: &Path, program: &Program) -> io::Result<PathBuf> {
    let folder = dir.join(BUILD);
    let path = folder.join(&program.name).with_extension("wasm");
    let bytes = fs::read(&program.file)?;
    if fs::read(&path).is_ok_and(|found| found == bytes) {
        return Ok(path);
    }
    fs::create_dir_all(&folder)?;
    let mut file = tempfile::Builder::new()
        .prefix(".hospes-")
        .tempfile_in(&folder)?;
    file.write_all(&bytes)?;
    readable(file.as_file())?;
    file.persist(&path)?;
    Ok(path)
}

/// A temporary file is its user's alone; a component is no secret.
#[cfg(unix)]
fn readable(file: &fs::File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;

    file.set_permissions(fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn readable(_: &fs::File) -> io::Result<()> {
    Ok(())
}

/// Why there is no component.
#[derive(Debug)]
#[non_exhaustive]
pub enum BuildError {
    /// The folder has no node.
    NoNode(PathBuf),
    /// The toolchain can't be used.
    Toolchain(ToolchainError),
    /// The sources in this folder don't compile. The compiler has said why.
    Compile(PathBuf),
    /// The package of this manifest has no program, or several.
    Programs(PathBuf),
    /// The component that was built can't be read or written.
    Write(PathBuf, io::Error),
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BuildError::NoNode(dir) => write!(
                f,
                "there is no node in {}: name a folder with a Cargo.toml, or make a node with \
                 `hospes new NAME`",
                dir.display()
            ),
            BuildError::Toolchain(error) => write!(f, "{error}"),
            BuildError::Compile(dir) => write!(
                f,
                "the node in {} does not compile; the errors above name file and line",
                dir.display()
            ),
            BuildError::Programs(manifest) => write!(
                f,
                "{}: a node is a package with one program: give it one `src/main.rs` with \
                 `hospes_guest::export!(...)` and an empty `main`",
                manifest.display()
            ),
            BuildError::Write(path, error) => {
                write!(f, "can't copy {}: {error}", path.display())
            }
        }
    }
}

impl error::Error for BuildError {}
