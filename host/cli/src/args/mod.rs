//! The arguments, as clap reads them. The commands check what involves more
//! than one argument.

mod author;
mod cache;
mod flow;
mod mock;
mod policy;
mod run;
mod serve;
mod sign;
mod transport;
mod value;

use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueHint};
use clap_complete::Shell;

pub(crate) use author::{Build, Lang, Migrate, New, Test};
pub(crate) use cache::CacheArgs;
pub(crate) use flow::{Flow, Graph, GraphFormat, PlayFlow};
pub(crate) use mock::{Mock, MockBraze, ObjectLimit};
pub(crate) use policy::{Explain, Policy};
pub(crate) use run::{Bench, Run, RunOnce};
pub(crate) use serve::Serve;
pub(crate) use sign::{Key, Sign};

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
  1  the node returned a failure; the policy denies; the flow ended in a failure
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
    New(New),
    Build(Build),
    Test(Test),
    Migrate(Migrate),
    Run(Box<RunOnce>),
    Bench(Box<Bench>),
    Serve(Box<Serve>),
    Check(Check),
    /// Plays a flow of a solution file, or draws it
    #[command(subcommand, after_help = "Example:\n  hospes flow chat onboarding")]
    Flow(Flow),
    Inspect(Inspect),
    /// Shows what a policy would decide
    #[command(
        subcommand,
        after_help = "\
Example:
  hospes policy explain --allow https://api.example.com https://api.example.com/v1"
    )]
    Policy(Policy),
    Key(Key),
    Sign(Sign),
    /// Runs a local stand-in for an upstream
    #[command(subcommand, after_help = "Example:\n  hospes mock braze")]
    Mock(Mock),
    Completions(Completions),
    #[command(hide = true)]
    Man(Man),
    /// Compiles a component for the process that started this one
    #[command(hide = true)]
    CompileWorker,
}

/// Shows a node at work against a local stand-in for Braze: a success and a failure
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  hospes demo")]
pub(crate) struct Demo {
    /// Prints one JSON document and nothing else
    #[arg(long)]
    pub(crate) json: bool,
}

/// Checks a solution file with its nodes and flows, without running them
///
/// Reports all faults at once, with file, line, column and key. Verifies signatures, and runs golden cases
/// against their scripted responses. Exit code 0 means no faults, 2 means that there are some.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  hospes check --solution hospes.toml
  hospes check --callers callers.toml")]
pub(crate) struct Check {
    /// The solution file
    #[arg(long, value_name = "FILE", default_value = "hospes.toml", value_hint = ValueHint::FilePath)]
    pub(crate) solution: PathBuf,
    /// A callers file for `serve --callers`, to check against the solution. Its tokens are not read
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) callers: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) cache: CacheArgs,
    /// Prints the faults as one JSON document and nothing else
    #[arg(long)]
    pub(crate) json: bool,
}

/// Shows what a component contains, and what a host would have to grant it
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  hospes inspect braze_track.wasm")]
pub(crate) struct Inspect {
    /// The component's file
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) file: PathBuf,
    #[command(flatten)]
    pub(crate) cache: CacheArgs,
    /// Prints one JSON document and nothing else
    #[arg(long)]
    pub(crate) json: bool,
}

/// Writes the manual pages into a directory, one for each verb
#[derive(Debug, clap::Args)]
pub(crate) struct Man {
    /// An existing directory
    #[arg(value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) dir: PathBuf,
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
