//! What to do, and how hard.

use std::path::PathBuf;

use clap::Parser;

/// Drives executions of the Braze track node while its revisions are swapped,
/// and checks at the strict Braze that each arrived exactly once.
#[derive(Parser)]
pub(crate) struct Args {
    /// How many executions to begin, both halves together. The run lasts longer
    /// if swaps are left to do.
    #[arg(long, default_value_t = 4000)]
    pub(crate) executions: u64,
    /// Executions a second; without it, each worker begins the next when one ends.
    #[arg(long)]
    pub(crate) rate: Option<f64>,
    /// How many executions run side by side at most.
    #[arg(long, default_value_t = 8)]
    pub(crate) workers: usize,
    /// How many swaps to make in the second half.
    #[arg(long, default_value_t = 200)]
    pub(crate) swaps: u64,
    /// Every so many swaps is a rollback instead; 0 for none.
    #[arg(long, default_value_t = 10)]
    pub(crate) rollback_every: u64,
    /// How long to wait between two swaps, in milliseconds.
    #[arg(long, default_value_t = 20)]
    pub(crate) pause: u64,
    /// A `hospes` binary to start as a server and drive over HTTP; without it
    /// the runtime runs in this process.
    #[arg(long)]
    pub(crate) server: Option<PathBuf>,
    /// How often to kill the server in the middle of a swap. Needs `--server`.
    #[arg(long, default_value_t = 0, requires = "server")]
    pub(crate) kills: u64,
    /// In how many turns the undisturbed and the swapped half take place.
    #[arg(long, default_value_t = 5)]
    pub(crate) turns: u64,
    /// Prints one JSON document instead of a table.
    #[arg(long)]
    pub(crate) json: bool,
}
