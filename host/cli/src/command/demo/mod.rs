//! `hospes demo`: plays `examples/onboarding` twice, to a success and to a
//! failure.

mod setup;
mod show;

use std::io::{self, Write};

use serde::Serialize;
use serde_json::Value;

use crate::args;
use crate::exit::{Exit, Fault};
use crate::outcome;
use crate::terminal::visible_lines;
use setup::{DemoRun, DemoSetup};

/// The answers of a made-up person. One of them is ambiguous.
const ANSWERS: &str = r#"{
  "first_name": "Ada",
  "last_name": "Example",
  "email": "ada@example.com",
  "born": ["3/4/1990", "3 April 1990"],
  "home_city": "London",
  "operating_system": "linux"
}"#;

/// Everything that happened, for `--json`.
#[derive(Serialize)]
struct Story {
    /// The text of the solution file.
    solution: String,
    /// The text of the flow file.
    flow: String,
    answers: Value,
    runs: Vec<DemoRun>,
}

pub(crate) fn run(args: &args::Demo) -> anyhow::Result<Exit> {
    let setup = DemoSetup::new().map_err(|error| Fault(format!("{error:#}")))?;
    let story = Story {
        answers: serde_json::from_str(ANSWERS)?,
        runs: vec![setup.act(ANSWERS)?, setup.act(ANSWERS)?],
        solution: setup.solution()?,
        flow: setup.flow()?,
    };
    if args.json {
        let json = serde_json::to_string(&story)?;
        writeln!(io::stdout().lock(), "{}", visible_lines(&json))?;
    } else {
        show::story(&mut anstream::stdout().lock(), &story)?;
    }
    let exits: Vec<Exit> = story
        .runs
        .iter()
        .map(|act| outcome::exit(&act.outcome))
        .collect();
    let requests: Vec<usize> = story.runs.iter().map(|act| act.requests.len()).collect();
    if exits != [Exit::Success, Exit::Failure] || requests != [1, 1] {
        return Err(Fault("the demo did not end as expected".to_owned()).into());
    }
    Ok(Exit::Success)
}
