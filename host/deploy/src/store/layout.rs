//! The layout of a store's directory, and the limits of file sizes.

use std::fs;
use std::path::{Path, PathBuf};

use hospes::digest;

use super::StoreError;
use super::error::AtPath;

/// The maximum of the limit `component`.
pub(super) const LARGEST_COMPONENT: u64 = 1 << 30;
/// Far more than a manifest, a trial or a session needs.
pub(super) const LARGEST_TEXT: u64 = 64 << 20;

pub(super) const COMPONENTS: &str = "components";
pub(super) const REVISIONS: &str = "revisions";
pub(super) const SESSIONS: &str = "sessions";
pub(super) const TRIALS: &str = "trials";

/// `sha256:` and 64 lower-case hexadecimal digits, as nodes and solution files
/// name a component.
pub fn digest(bytes: &[u8]) -> String {
    digest::show(&digest::sha256(bytes))
}

/// The name of the file of a trial or session.
pub(super) fn stem(path: &Path) -> &str {
    path.file_stem()
        .and_then(|stem| stem.to_str())
        .unwrap_or_default()
}

/// The last part of a path.
pub(super) fn name(path: &Path) -> String {
    path.file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}

pub(super) fn sorted(dir: &Path) -> Result<Vec<PathBuf>, StoreError> {
    let mut paths = Vec::new();
    for entry in fs::read_dir(dir).at(dir)? {
        paths.push(entry.at(dir)?.path());
    }
    paths.sort();
    Ok(paths)
}
