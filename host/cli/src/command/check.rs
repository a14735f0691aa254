//! `hospes check`: finds every fault that can be found before anything runs.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::Path;

use hospes::{LoadError, Runtime};
use hospes_solution::callers::Caller;
use hospes_solution::{Findings, Grants, Loader, ReadError, Solution};
use serde_json::json;

use crate::args;
use crate::cache::Cache;
use crate::compiling::compiling;
use crate::exit::Exit;
use crate::host::{self, Surroundings};
use crate::outcome::count;
use crate::terminal::{self, GOOD, styled, visible, visible_lines};
use crate::{findings, solution, stand_in};

pub(crate) fn run(args: &args::Check) -> anyhow::Result<Exit> {
    // Each component is inspected, and may be tried in each environment.
    let cache = Cache::chosen(&args.cache).or_temporary()?;
    let runtime = host::runtime(Surroundings {
        cache: Some(&cache),
        ..Surroundings::default()
    })?;
    let loader = Loader::new()
        .describe(|node| compiling(&node.component, || solution::describe(node, &runtime)))
        .admit(|node, grants| admit(&runtime, node, grants));
    let solution = or_findings(loader.load(&args.solution))?;
    let callers = args
        .callers
        .as_ref()
        .map(|file| or_findings(Caller::load(file, solution.as_ref().ok())))
        .transpose()?;
    match (solution, callers.transpose()) {
        (Ok(solution), Ok(callers)) => good(args, &solution, callers.as_ref())?,
        (solution, callers) => {
            let solution = solution.err();
            let of_callers = callers.err();
            bad(args.json, solution.as_ref(), of_callers.as_ref())?;
            return Ok(Exit::Usage);
        }
    }
    Ok(Exit::Success)
}

/// What was read, or all of its faults. A file that can't be read is an error.
fn or_findings<T>(read: Result<T, ReadError>) -> anyhow::Result<Result<T, Findings>> {
    match read {
        Ok(read) => Ok(Ok(read)),
        Err(ReadError::Findings(findings)) => Ok(Err(findings)),
        Err(error) => Err(error.into()),
    }
}

/// Prints that there are no faults.
fn good(
    args: &args::Check,
    solution: &Solution,
    callers: Option<&BTreeMap<String, Caller>>,
) -> anyhow::Result<()> {
    let mut out = anstream::stdout().lock();
    if args.json {
        let name = &solution.name;
        let json = match callers.map(|callers| callers.keys().collect::<Vec<_>>()) {
            Some(callers) => json!({ "solution": name, "findings": [], "callers": callers }),
            None => json!({ "solution": name, "findings": [] }),
        };
        writeln!(out, "{json}")?;
        return Ok(());
    }
    let mut line = |file: &Path, all: &[String]| {
        let name = visible(&file.display().to_string());
        writeln!(out, "{} {name}: {}", styled(GOOD, "good:"), all.join(", "))
    };
    let all = [
        count(solution.environments.len() as u64, "environment"),
        count(solution.nodes.len() as u64, "node"),
        count(solution.flows.len() as u64, "flow"),
    ];
    line(&args.solution, &all)?;
    if let (Some(file), Some(callers)) = (&args.callers, callers) {
        line(file, &[count(callers.len() as u64, "caller")])?;
    }
    Ok(())
}

/// Prints all faults.
fn bad(json: bool, solution: Option<&Findings>, callers: Option<&Findings>) -> io::Result<()> {
    if !json {
        for (what, findings) in [("the solution", solution), ("the callers file", callers)] {
            if let Some(findings) = findings {
                terminal::error(&findings::show_of(what, findings));
            }
        }
        return Ok(());
    }
    let all = [solution, callers].into_iter().flatten().flatten();
    let all: Vec<_> = all
        .map(|finding| {
            json!({
                "file": finding.file, "line": finding.line, "column": finding.column,
                "key": finding.key, "message": finding.message,
            })
        })
        .collect();
    let json = json!({ "findings": all }).to_string();
    writeln!(io::stdout().lock(), "{}", visible_lines(&json))
}

/// Checks that a component has its signature and passes its golden cases. This
/// needs no secrets: the cases contain the responses.
fn admit(runtime: &Runtime, node: &str, grants: &Grants) -> Result<(), (&'static str, String)> {
    let Some(config) = stand_in::config(grants) else {
        // A file that can't be used has been reported already.
        return Ok(());
    };
    let Err(error) = runtime.stage(node, config) else {
        return Ok(());
    };
    let key = match &error {
        LoadError::Golden { .. } => "golden",
        LoadError::Signature(_) if grants.admission.signature.is_some() => "signature",
        LoadError::Signature(_) => "signed_by",
        // Any other error can occur only where the node is loaded.
        _ => return Ok(()),
    };
    Err((key, error.to_string()))
}
