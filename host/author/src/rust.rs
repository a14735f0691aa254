//! Nodes in Rust, with cargo.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::cargo::programs;
use crate::error::BuildError;
use crate::toolchain::{self, TARGET};

/// Builds the package in a folder, and puts the component where it stays.
/// Returns the node's name and that path.
pub(crate) fn build(
    dir: &Path,
    place: impl Fn(&str) -> PathBuf,
) -> Result<(String, PathBuf), BuildError> {
    toolchain::check(dir)?;
    let output = Command::new("cargo")
        .args(["build", "--release", "--target", TARGET])
        .args(["--message-format", "json-render-diagnostics"])
        .current_dir(dir)
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| toolchain::missing("cargo", error))?;
    if !output.status.success() {
        return Err(BuildError::Compile(dir.to_owned()));
    }
    let manifest = dir.join("Cargo.toml");
    let messages = String::from_utf8_lossy(&output.stdout);
    let mut programs = programs(&messages, &manifest).into_iter();
    let (Some(program), None) = (programs.next(), programs.next()) else {
        return Err(BuildError::Programs(manifest));
    };
    let path = place(&program.name);
    put(&program.file, &path).map_err(|error| BuildError::Write(path.clone(), error))?;
    Ok((program.name, path))
}

/// The command that runs the native tests.
pub(crate) fn tests(dir: &Path) -> Command {
    let mut command = Command::new("cargo");
    command.arg("test").current_dir(dir);
    command
}

/// Copies a component. A reader sees the old one or the new one, never a part,
/// and unchanged bytes are not written again.
fn put(from: &Path, path: &Path) -> io::Result<()> {
    let bytes = fs::read(from)?;
    if fs::read(path).is_ok_and(|found| found == bytes) {
        return Ok(());
    }
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let mut file = tempfile::Builder::new()
        .prefix(".hospes-")
        .tempfile_in(folder)?;
    file.write_all(&bytes)?;
    readable(file.as_file())?;
    file.persist(path)?;
    Ok(())
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
