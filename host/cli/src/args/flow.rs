//! Playing and drawing flows.

use std::path::PathBuf;

use clap::{Subcommand, ValueEnum, ValueHint};

use super::cache::CacheArgs;
use super::value::key_value;

/// Plays a flow of a solution file, or draws it
#[derive(Debug, Subcommand)]
pub(crate) enum Flow {
    /// Plays a flow with you in the terminal
    Chat(PlayFlow),
    /// Plays a flow with answers from a file, and prints one line of JSON for
    /// each event
    Run(PlayFlow),
    Graph(Graph),
}

/// Plays a flow; its nodes are really called
///
/// `chat` asks in the terminal. `run` takes all answers from a file and prints one line of JSON for each event.
/// Exit code 0 means that the flow reached an end, 1 that this end is marked as a failure.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  hospes flow chat onboarding --env sandbox
  hospes flow run onboarding --env sandbox --answers answers.json

where answers.json has the answers by field, with a list for a field that is asked for more than once:
  {\"first_name\": \"Ada\", \"email\": [\"ada\", \"ada@example.com\"]}")]
pub(crate) struct PlayFlow {
    /// A flow of the solution file
    #[arg(value_name = "FLOW")]
    pub(crate) flow: String,
    /// The solution file
    #[arg(long, value_name = "FILE", default_value = "hospes.toml", value_hint = ValueHint::FilePath)]
    pub(crate) solution: PathBuf,
    /// The environment; optional if there is only one
    #[arg(long, value_name = "NAME")]
    pub(crate) env: Option<String>,
    /// Answers by field, as JSON; `-` means standard input
    #[arg(long, value_name = "FILE|-", value_hint = ValueHint::FilePath)]
    pub(crate) answers: Option<PathBuf>,
    /// An input of the flow
    #[arg(long, value_name = "KEY=VALUE", value_parser = key_value)]
    pub(crate) var: Vec<(String, String)>,
    #[command(flatten)]
    pub(crate) cache: CacheArgs,
    /// Trusts only the certificate authorities in this file (PEM) for requests to upstreams
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) roots: Option<PathBuf>,
    /// Prints the HTTP requests and responses, with references in place of
    /// secrets
    #[arg(long)]
    pub(crate) trace: bool,
}

/// Draws a flow
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  hospes flow graph onboarding
  hospes flow graph onboarding --format svg --run run.jsonl > onboarding.svg

where run.jsonl has the output of `hospes flow run`.")]
pub(crate) struct Graph {
    /// A flow of the solution file
    #[arg(value_name = "FLOW")]
    pub(crate) flow: String,
    /// The solution file
    #[arg(long, value_name = "FILE", default_value = "hospes.toml", value_hint = ValueHint::FilePath)]
    pub(crate) solution: PathBuf,
    /// The output format
    #[arg(long, value_enum, default_value = "mermaid")]
    pub(crate) format: GraphFormat,
    /// A recorded run, whose path through the flow is highlighted
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) run: Option<PathBuf>,
}

/// The format of a drawing.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum GraphFormat {
    /// The text of a Mermaid flowchart
    Mermaid,
    /// A standalone picture
    Svg,
}
