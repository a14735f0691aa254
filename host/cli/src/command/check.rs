//! `hospes check`: everything that can be known before anything runs.

use std::io::{self, Write};

use hospes::{LoadError, Runtime, Secret};
use hospes_solution::{Grants, Loader, ReadError};
use serde_json::json;

use crate::args;
use crate::exit::Exit;
use crate::host::{self, Surroundings};
use crate::outcome::count;
use crate::terminal::{self, GOOD, styled, visible, visible_lines};
use crate::{findings, solution};

pub(crate) fn run(args: &args::Check) -> anyhow::Result<Exit> {
    // Each component is looked at, and perhaps tried in each environment.
    let cache = tempfile::Builder::new().prefix("hospes-").tempdir()?;
    let runtime = host::runtime(Surroundings {
        cache: Some(cache.path()),
        ..Surroundings::default()
    })?;
    let loader = Loader::new()
        .describe(|node| solution::describe(node, &runtime))
        .admit(|node, grants| admit(&runtime, node, grants));
    let mut out = anstream::stdout().lock();
    match loader.load(&args.solution) {
        Ok(solution) if args.json => {
            writeln!(
                out,
                "{}",
                json!({ "solution": solution.name, "findings": [] })
            )?;
            Ok(Exit::Success)
        }
        Ok(solution) => {
            let all = [
                count(solution.environments.len() as u64, "environment"),
                count(solution.nodes.len() as u64, "node"),
                count(solution.flows.len() as u64, "flow"),
            ];
            let name = visible(&args.solution.display().to_string());
            writeln!(out, "{} {name}: {}", styled(GOOD, "good:"), all.join(", "))?;
            Ok(Exit::Success)
        }
        Err(ReadError::Findings(findings)) if args.json => {
            let all: Vec<_> = findings
                .iter()
                .map(|finding| {
                    json!({
                        "file": finding.file, "line": finding.line, "column": finding.column,
                        "key": finding.key, "message": finding.message,
                    })
                })
                .collect();
            let json = json!({ "findings": all }).to_string();
            writeln!(io::stdout().lock(), "{}", visible_lines(&json))?;
            Ok(Exit::Usage)
        }
        Err(ReadError::Findings(findings)) => {
            terminal::error(&findings::show(&findings));
            Ok(Exit::Usage)
        }
        Err(error) => Err(error.into()),
    }
}

/// Whether a component has the signature and passes the golden cases that it
/// has to. No secret is needed for that: requests are answered from the cases.
fn admit(runtime: &Runtime, node: &str, grants: &Grants) -> Result<(), (&'static str, String)> {
    let mut grants = grants.clone();
    let secrets = std::mem::take(&mut grants.secrets);
    let (Ok(mut config), Ok(value)) = (grants.config(), Secret::new("a-stand-in-for-the-secret"))
    else {
        // A file that can't be used is reported already.
        return Ok(());
    };
    for (name, secret) in secrets {
        config = match secret.header {
            Some(header) => config.attach(name, value.clone(), secret.to, header),
            None => config.secret(name, value.clone(), secret.to),
        };
    }
    let Err(error) = runtime.stage(node, config) else {
        return Ok(());
    };
    let key = match &error {
        LoadError::Golden { .. } => "golden",
        LoadError::Signature(_) if grants.admission.signature.is_some() => "signature",
        LoadError::Signature(_) => "signed_by",
        // What else may be wrong is wrong only where it is loaded.
        _ => return Ok(()),
    };
    Err((key, error.to_string()))
}
