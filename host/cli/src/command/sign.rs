//! `hospes sign`: signs a component together with the grants of a solution.

use std::io::{self, Write};

use anyhow::{Context, anyhow};
use hospes::files;
use hospes::signature::Statement;
use hospes_deploy::store::digest;
use hospes_solution::{Overrides, ReadError, Solution};

use super::key;
use crate::args;
use crate::exit::Exit;
use crate::solution;

pub(crate) fn run(args: &args::Sign) -> anyhow::Result<Exit> {
    let key = key::read(&args.key)?;
    let file = &args.solution;
    let text = files::read_text(file, files::TEXT)
        .with_context(|| format!("can't read {}", file.display()))?;
    // Only the text, because the signature file itself may not exist yet.
    let solution = Solution::parse(file, &text)
        .map_err(|findings| solution::error(ReadError::Findings(findings)))?;
    let mut lines: Vec<String> = Vec::new();
    for env in environments(&solution, args) {
        let grants = solution
            .grants(&args.node, env.as_deref(), &Overrides::default())
            .map_err(|error| anyhow!("{}: {error}", file.display()))?;
        let component = args.component.as_ref().unwrap_or(&grants.component);
        let bytes = files::read(component, grants.limits.component)
            .with_context(|| format!("can't read {}", component.display()))?;
        let mut statement = Statement::new(digest(&bytes), grants.hash());
        if let Some(version) = &args.version {
            statement = statement.version(version)?;
        }
        if let Some(expires) = args.expires {
            statement = statement.expires(expires);
        }
        let line = key.sign(statement).to_string();
        // Environments with the same grants need one signature.
        if !lines.contains(&line) {
            lines.push(line);
        }
    }
    let mut out = io::stdout().lock();
    for line in lines {
        writeln!(out, "{line}")?;
    }
    Ok(Exit::Success)
}

/// The environment that was named, or all of them. If the solution has none,
/// one without a name.
fn environments(solution: &Solution, args: &args::Sign) -> Vec<Option<String>> {
    if args.env.is_some() || solution.environments.is_empty() {
        return vec![args.env.clone()];
    }
    solution.environments.keys().cloned().map(Some).collect()
}
