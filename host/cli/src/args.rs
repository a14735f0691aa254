//! The arguments, as clap reads them. Whatever needs more than a look at one
//! argument is checked by the command.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueEnum, ValueHint};
use clap_complete::Shell;

/// Runs action nodes: sandboxed WebAssembly components.
#[derive(Debug, Parser)]
#[command(
    name = "hospes",
    version,
    after_help = "\
Example:
  hospes demo

Exit codes:
  0  success
  1  the node answered with a failure
  2  usage, configuration or policy is wrong
  3  the node broke, was stopped, or was refused at load"
)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) verb: Verb,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    Demo(Demo),
    Run(Box<Run>),
    Inspect(Inspect),
    /// Stands in for an upstream, on this machine
    #[command(subcommand, after_help = "Example:\n  hospes mock braze")]
    Mock(Mock),
    Completions(Completions),
}

/// Shows a node at work: against a local stand-in for Braze, once well and once not
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  hospes demo")]
pub(crate) struct Demo {
    /// Prints one JSON document and nothing else
    #[arg(long)]
    pub(crate) json: bool,
}

/// Runs a node once
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  hospes run hello.wasm --payload '{\"name\": \"Ada\"}'
  hospes run braze-track --env sandbox --payload payload.json
  hospes run braze_track.wasm --payload - \\
      --param braze_url=https://rest.iad-01.braze.com \\
      --secret braze_api_key=env:BRAZE_API_KEY \\
      --allow 'POST {braze_url}/users/track'")]
pub(crate) struct Run {
    /// A node of the solution file, or a component's file
    #[arg(value_hint = ValueHint::FilePath)]
    pub(crate) node: String,
    /// JSON, a file that holds it, or `-` for standard input
    #[arg(long, value_name = "FILE|-|JSON", value_hint = ValueHint::FilePath)]
    pub(crate) payload: String,
    /// The solution file [default: hospes.toml, unless NODE is a file]
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) solution: Option<PathBuf>,
    /// The environment; may be left out if there is only one
    #[arg(long, value_name = "NAME")]
    pub(crate) env: Option<String>,
    /// A variable of the flow; JSON, or else a string
    #[arg(long, value_name = "KEY=VALUE", value_parser = key_value)]
    pub(crate) var: Vec<(String, String)>,
    /// A param of the node; JSON, or else a string
    #[arg(long, value_name = "KEY=VALUE", value_parser = key_value)]
    pub(crate) param: Vec<(String, String)>,
    /// A secret, which may go to the origins of the --allow rules
    // Parsed later: clap would repeat a wrong value, which may be the secret itself.
    #[arg(long, value_name = "NAME=env:VAR|file:PATH")]
    pub(crate) secret: Vec<String>,
    /// A request that the node may make: `[METHOD[,METHOD]] scheme://host[:port][/path]`
    #[arg(long, value_name = "RULE")]
    pub(crate) allow: Vec<String>,
    /// A limit of the node, such as payload=8MiB or deadline=2s
    #[arg(long, value_name = "NAME=VALUE", value_parser = key_value)]
    pub(crate) limit: Vec<(String, String)>,
    /// Keeps compiled components in this directory, for the next time
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) cache: Option<PathBuf>,
    /// Prints the outcome as one JSON document and nothing else
    #[arg(long)]
    pub(crate) json: bool,
}

/// Shows what a component is and what a host would have to grant it
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  hospes inspect braze_track.wasm")]
pub(crate) struct Inspect {
    /// The component's file
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) file: PathBuf,
    /// Prints one JSON document and nothing else
    #[arg(long)]
    pub(crate) json: bool,
}

/// Stands in for an upstream, on this machine
#[derive(Debug, Subcommand)]
pub(crate) enum Mock {
    Braze(MockBraze),
}

/// Takes and checks requests as Braze's users/track endpoint does, until it is interrupted
///
/// The first line on standard output is {"url": "http://127.0.0.1:PORT", "key": "..."}. Then follows one
/// line of JSON for each request, with what was answered.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  hospes mock braze --script script.json

where script.json holds what to answer before the honest answers:
  [{\"status\": 429, \"headers\": {\"X-Ratelimit-Retry-After\": \"7\"}}, \"honest\", {\"reset\": \"after\"}]")]
pub(crate) struct MockBraze {
    /// Where to listen; port 0 takes a free one
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:0")]
    pub(crate) listen: SocketAddr,
    /// The API key to let in
    #[arg(long, default_value = hospes_mock_braze::DEFAULT_KEY)]
    pub(crate) key: String,
    /// Whether 75 objects are the most for a request or for each of its arrays
    #[arg(long, value_enum, default_value = "combined")]
    pub(crate) limit: ObjectLimit,
    /// A JSON file with answers to give before the honest ones
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) script: Option<PathBuf>,
}

/// How Braze counts the objects of a request.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum ObjectLimit {
    /// All arrays together, as in today's contracts
    Combined,
    /// Each array for itself, as in legacy contracts
    PerArray,
}

/// Prints completions for a shell
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  hospes completions bash > ~/.local/share/bash-completion/completions/hospes"
)]
pub(crate) struct Completions {
    /// The shell
    pub(crate) shell: Shell,
}

fn key_value(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err("write it as KEY=VALUE".to_owned()),
    }
}
