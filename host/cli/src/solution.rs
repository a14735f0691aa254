//! The solution file of one command.

use std::path::Path;

use anyhow::anyhow;
use hospes::Runtime;
pub(crate) use hospes_deploy::describe;
use hospes_solution::{Grants, Loader, Overrides, ReadError, Solution};

use crate::compiling::compiling;
use crate::findings;

/// The solution of a file, with its flow files.
pub(crate) fn load(file: &Path) -> anyhow::Result<Solution> {
    Solution::load(file).map_err(error)
}

/// The same, checked against the nodes' descriptions.
pub(crate) fn read(file: &Path, runtime: &Runtime) -> Result<Solution, ReadError> {
    Loader::new()
        .describe(|node| compiling(&node.component, || describe(node, runtime)))
        .load(file)
}

/// The message of the error.
pub(crate) fn error(error: ReadError) -> anyhow::Error {
    match error {
        ReadError::Findings(findings) => anyhow!("{}", findings::show(&findings)),
        error => error.into(),
    }
}

/// A node's grants in a solution file, with the caller's additions.
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
