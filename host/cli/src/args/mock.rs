//! Stand-ins for upstreams.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Subcommand, ValueEnum, ValueHint};

/// Runs a local stand-in for an upstream
#[derive(Debug, Subcommand)]
pub(crate) enum Mock {
    Braze(MockBraze),
}

/// Accepts or rejects requests as Braze's users/track endpoint does, until it is
/// interrupted
///
/// The first line on standard output is {"url": "http://127.0.0.1:PORT", "key": "..."}. After it, there
/// is one line of JSON for each request, with its response.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  hospes mock braze --script script.json

where script.json has the responses to give before the honest ones:
  [{\"status\": 429, \"headers\": {\"X-Ratelimit-Retry-After\": \"7\"}}, \"honest\", {\"reset\": \"after\"}]")]
pub(crate) struct MockBraze {
    /// The address to listen on; port 0 chooses a free one
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:0")]
    pub(crate) listen: SocketAddr,
    /// The API key to accept
    #[arg(long, default_value = hospes_mock_braze::DEFAULT_KEY)]
    pub(crate) key: String,
    /// Whether the limit of 75 objects applies to a request or to each of its
    /// arrays
    #[arg(long, value_enum, default_value = "combined")]
    pub(crate) limit: ObjectLimit,
    /// A JSON file with responses to give before the honest ones
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) script: Option<PathBuf>,
}

/// How Braze counts the objects of a request.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum ObjectLimit {
    /// All arrays together, as in current contracts
    Combined,
    /// Each array by itself, as in legacy contracts
    PerArray,
}
