//! `hospes demo`: the reference node at work, once well and once not.

mod show;
mod stage;

use std::io::{self, Write};

use hospes_mock_braze::Exchange;
use serde::Serialize;

use crate::args;
use crate::exit::{Exit, Fault};
use crate::outcome;
use crate::terminal::visible_lines;
use stage::Stage;

/// What a conversation has collected about a person who does not exist.
const PAYLOAD: &str = r#"{
  "user": {
    "external_id": "demo-4711",
    "first_name": "Ada",
    "last_name": "Example",
    "email": "ada@example.com",
    "dob": "1990-12-10",
    "home_city": "London",
    "operating_system": "Linux"
  },
  "event": {
    "name": "signed_up",
    "properties": { "channel": "chat" }
  }
}"#;

/// Everything that happened, as `--json` shows it.
#[derive(Serialize)]
struct Story {
    /// The text of the solution file.
    solution: String,
    payload: serde_json::Value,
    runs: Vec<Act>,
}

/// One run: what Braze received and answered, and what came of it.
#[derive(Serialize)]
struct Act {
    requests: Vec<Exchange>,
    outcome: hospes::Outcome,
}

pub(crate) fn run(args: &args::Demo) -> anyhow::Result<Exit> {
    let stage = Stage::new().map_err(|error| Fault(format!("{error:#}")))?;
    let story = Story {
        payload: serde_json::from_str(PAYLOAD)?,
        runs: vec![stage.act(PAYLOAD)?, stage.act(PAYLOAD)?],
        solution: stage.solution()?,
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
        return Err(Fault("the demo did not go as it should".to_owned()).into());
    }
    Ok(Exit::Success)
}
