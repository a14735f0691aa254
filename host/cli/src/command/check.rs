//! `hospes check`: everything that can be known before anything runs.

use std::io::{self, Write};

use hospes_solution::ReadError;
use serde_json::json;

use crate::args;
use crate::exit::Exit;
use crate::host::{self, Surroundings};
use crate::outcome::count;
use crate::terminal::{self, GOOD, styled, visible, visible_lines};
use crate::{findings, solution};

pub(crate) fn run(args: &args::Check) -> anyhow::Result<Exit> {
    let runtime = host::runtime(Surroundings::default())?;
    let mut out = anstream::stdout().lock();
    match solution::read(&args.solution, &runtime) {
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
