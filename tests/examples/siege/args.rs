//! What to besiege, and for how long.

use std::path::PathBuf;

use clap::Parser;

/// Starts a server with two workers and lets loose on it, all at once, what
/// clients and nodes can do. Exits with 1 if a bar is missed.
#[derive(Parser)]
pub(crate) struct Args {
    /// A `hospes` binary, built for release.
    pub(crate) server: PathBuf,
    /// How long the siege lasts, in seconds; a third of it is quiet before.
    #[arg(long, default_value_t = 30)]
    pub(crate) seconds: u64,
    /// How many connections idle.
    #[arg(long, default_value_t = 2000)]
    pub(crate) idle: usize,
    /// Only this attack, by its name in what is printed; may be given several times.
    #[arg(long, value_name = "ATTACK")]
    pub(crate) only: Vec<String>,
    /// Prints one JSON document instead of lines.
    #[arg(long)]
    pub(crate) json: bool,
}
