//! Explaining policies.

use std::net::IpAddr;
use std::path::PathBuf;

use clap::{ArgGroup, Subcommand, ValueHint};

/// Shows what a policy would decide
#[derive(Debug, Subcommand)]
pub(crate) enum Policy {
    Explain(Explain),
}

/// Explains whether a request would be allowed; nothing is sent or resolved
///
/// The policy is that of a node in a solution file, or the rules given with --allow. Exit code 0 means that the
/// request would be allowed, 1 that it would be denied.
#[derive(Debug, clap::Args)]
#[command(
    group(ArgGroup::new("policy").required(true).args(["solution", "allow"])),
    after_help = "\
Examples:
  hospes policy explain --allow 'POST https://api.example.com/v1' --method POST https://api.example.com/v1/users
  hospes policy explain --solution hospes.toml --node braze-track --method POST \\
      --resolves-to 10.0.0.7 https://rest.iad-01.braze.com/users/track"
)]
pub(crate) struct Explain {
    /// The solution file
    #[arg(long, value_name = "FILE", requires = "node", value_hint = ValueHint::FilePath)]
    pub(crate) solution: Option<PathBuf>,
    /// A node of the solution file
    #[arg(long, value_name = "NAME", requires = "solution")]
    pub(crate) node: Option<String>,
    /// The environment; optional if there is only one
    #[arg(long, value_name = "NAME", requires = "solution")]
    pub(crate) env: Option<String>,
    /// A rule: `[METHOD[,METHOD]] scheme://host[:port][/path]`
    #[arg(long, value_name = "RULE")]
    pub(crate) allow: Vec<String>,
    /// The method of the request
    #[arg(long, value_name = "M", default_value = "GET")]
    pub(crate) method: String,
    /// An address to assume for the name in the URL
    #[arg(long, value_name = "IP")]
    pub(crate) resolves_to: Vec<IpAddr>,
    /// Prints one JSON document and nothing else
    #[arg(long)]
    pub(crate) json: bool,
    /// The URL of the request
    // Whatever a node could request, even if it looks like a flag.
    #[arg(allow_hyphen_values = true)]
    pub(crate) url: String,
}
