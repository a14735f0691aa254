//! The solution file of one command.

use std::path::Path;

use anyhow::anyhow;
use hospes_solution::{Grants, Overrides, ReadError, Solution};

use crate::outcome::count;

/// The solution of a file.
pub(crate) fn load(file: &Path) -> anyhow::Result<Solution> {
    Solution::load(file).map_err(|error| match error {
        ReadError::Findings(findings) => {
            let faults = count(findings.iter().count() as u64, "fault");
            anyhow!("the solution file has {faults}:\n{findings}")
        }
        error => error.into(),
    })
}

/// What a node of a solution file is granted, and by the caller beside it.
pub(crate) fn grants(
    file: &Path,
    node: &str,
    env: Option<&str>,
    overrides: &Overrides,
) -> anyhow::Result<Grants> {
    load(file)?
        .grants(node, env, overrides)
        .map_err(|error| anyhow!("{}: {error}", file.display()))
}
