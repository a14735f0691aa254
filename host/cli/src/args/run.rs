//! Running a node, and measuring it.

use std::path::PathBuf;
use std::time::Duration;

use clap::ValueHint;

use super::cache::CacheArgs;
use super::transport::Transport;
use super::value::{key_value, time};

/// Runs a node once
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  hospes run hello.wasm --payload '{\"name\": \"Ada\"}'
  hospes run braze-track --env sandbox --payload payload.json
  hospes run braze_track.wasm --payload - \\
      --param braze_url=https://rest.iad-01.braze.com \\
      --secret braze_api_key=env:BRAZE_API_KEY \\
      --allow 'POST {braze_url}/users/track'
  hospes run hello.wasm --payload '{\"name\": \"Ada\"}' --record hello.recording.jsonl")]
pub(crate) struct RunOnce {
    #[command(flatten)]
    pub(crate) run: Run,
    /// Writes a recording of the execution to this file, which only its owner can read. It holds the payload and what
    /// upstreams answered, and no secret of the node
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) record: Option<PathBuf>,
}

/// A node to run, its grants and its payload.
#[derive(Debug, clap::Args)]
pub(crate) struct Run {
    /// The name of a node in the solution file, or the path of a component
    #[arg(value_hint = ValueHint::FilePath)]
    pub(crate) node: String,
    /// The payload: JSON, the path of a JSON file, or `-` for standard input
    #[arg(long, value_name = "FILE|-|JSON", value_hint = ValueHint::FilePath)]
    pub(crate) payload: String,
    /// The solution file [default: hospes.toml, unless NODE is a file]
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) solution: Option<PathBuf>,
    /// The environment; optional if there is only one
    #[arg(long, value_name = "NAME")]
    pub(crate) env: Option<String>,
    /// A variable of the flow: JSON, or a string if it isn't valid JSON
    #[arg(long, value_name = "KEY=VALUE", value_parser = key_value)]
    pub(crate) var: Vec<(String, String)>,
    /// A param of the node: JSON, or a string if it isn't valid JSON
    #[arg(long, value_name = "KEY=VALUE", value_parser = key_value)]
    pub(crate) param: Vec<(String, String)>,
    /// A secret that may be sent to the origins of the --allow rules
    // Parsed later: clap would repeat a wrong value, which may be the secret itself.
    #[arg(long, value_name = "NAME=env:VAR|file:PATH")]
    pub(crate) secret: Vec<String>,
    /// Adds the secret to every request to those origins, in this header: `key=Authorization: Bearer `
    #[arg(long, value_name = "NAME=HEADER[: PREFIX]")]
    pub(crate) attach: Vec<String>,
    /// A rule for requests that the node may make: `[METHOD[,METHOD]]
    /// scheme://host[:port][/path]`
    #[arg(long, value_name = "RULE")]
    pub(crate) allow: Vec<String>,
    /// Permits requests that one more rule for a host name would allow, and
    /// prints that rule
    #[arg(long)]
    pub(crate) observe: bool,
    /// Appends a line of JSON for each request to this file; `-` means standard
    /// error
    #[arg(long, value_name = "FILE|-", value_hint = ValueHint::FilePath)]
    pub(crate) audit: Option<PathBuf>,
    /// A limit of the node, such as payload=8MiB or deadline=2s
    #[arg(long, value_name = "NAME=VALUE", value_parser = key_value)]
    pub(crate) limit: Vec<(String, String)>,
    /// Provides a stub for an interface that only another host has; calling it ends the
    /// execution
    #[arg(long, value_name = "INTERFACE")]
    pub(crate) stub: Vec<String>,
    /// Trusts only the certificate authorities in this file (PEM) for requests to upstreams
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) roots: Option<PathBuf>,
    /// What sends the node's requests [default: ureq]
    #[arg(long, value_enum)]
    pub(crate) transport: Option<Transport>,
    #[command(flatten)]
    pub(crate) cache: CacheArgs,
    /// Prints the outcome as one JSON document and nothing else
    #[arg(long)]
    pub(crate) json: bool,
}

/// Measures what an execution of a node costs, beside the same component on bare wasmtime
///
/// It takes the options of `hospes run`. Nothing leaves the machine: requests are answered from a golden case. The
/// node's limit `concurrency` is raised to the number of callers.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  hospes bench hello.wasm --payload '{\"name\": \"Ada\"}'
  hospes bench braze-track --payload payload.json --golden accepted.json --callers 64 --upstream-delay 100ms")]
pub(crate) struct Bench {
    #[command(flatten)]
    pub(crate) run: Run,
    /// A golden case, whose exchanges answer the node's requests, each as often as it is asked for
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) golden: Option<PathBuf>,
    /// How many call at once, each as soon as its last call has ended
    #[arg(long, value_name = "NUMBER", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=20_000))]
    pub(crate) callers: u32,
    /// How long the node is called; bare wasmtime takes the same time, in turns with it
    #[arg(long, value_name = "TIME", default_value = "5s", value_parser = time)]
    pub(crate) duration: Duration,
    /// How long each answer of the upstream takes
    #[arg(long, value_name = "TIME", default_value = "0ms", value_parser = time)]
    pub(crate) upstream_delay: Duration,
}
