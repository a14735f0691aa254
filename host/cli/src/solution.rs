//! The solution file of one command.

use std::path::Path;

use anyhow::anyhow;
use hospes::Runtime;
pub(crate) use hospes_deploy::describe;
use hospes_solution::{Grants, Loader, Overrides, ReadError, Solution};

use crate::findings;

/// The solution of a file, and what its flow files say.
pub(crate) fn load(file: &Path) -> anyhow::Result<Solution> {
    Solution::load(file).map_err(error)
}

/// The same, checked against what the nodes say about themselves.
pub(crate) fn read(file: &Path, runtime: &Runtime) -> Result<Solution, ReadError> {
    Loader::new()
        .describe(|node| describe(node, runtime))
        .load(file)
}

/// Why there is no solution, in words.
pub(crate) fn error(error: ReadError) -> anyhow::Error {
    match error {
        ReadError::Findings(findings) => anyhow!("{}", findings::show(&findings)),
        error => error.into(),
    }
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
