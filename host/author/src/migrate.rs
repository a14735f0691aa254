//! Settings of Pypestream's template, as a solution file.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use serde::Deserialize;

use crate::error::BuildError;
use crate::python::Python;
use crate::toolchain::{self, ToolchainError};

/// What became of a file of settings.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Migrated {
    /// The solution file.
    pub solution: PathBuf,
    /// How many keys are environment variables now.
    pub moved: u64,
    /// How many settings are left to the reader.
    pub left: u64,
}

/// Makes a solution file of a file of settings, `app.py`, with these nodes. The
/// Python is read and never run.
///
/// Each key moves out, to an environment variable. What was done, and what could
/// not be done, is on standard error, with file and line. A file that exists is
/// left alone.
///
/// # Errors
///
/// If there is no Python, or the settings can't be read or the solution file
/// can't be written, which standard error tells.
pub fn migrate(settings: &Path, output: &Path, nodes: &[PathBuf]) -> Result<Migrated, BuildError> {
    let python = Python::reader()?;
    let mut command = python.sdk();
    command
        .arg("migrate")
        .arg(settings)
        .arg("--output")
        .arg(output);
    for node in nodes {
        command.arg("--node").arg(node);
    }
    let output = command
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| toolchain::missing("python3", error))?;
    if !output.status.success() {
        return Err(BuildError::Settings(settings.to_owned()));
    }
    serde_json::from_slice(&output.stdout).map_err(|error| {
        let said = format!("hospes_node says {error}");
        BuildError::Toolchain(ToolchainError::Broken {
            program: "python3",
            said,
        })
    })
}
