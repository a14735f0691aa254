//! The load driver: executions of the Braze track node under swaps, rollbacks
//! and kills, and afterwards a look at what the strict Braze accepted: each
//! accepted execution has to have arrived exactly once, on exactly one
//! revision.
//!
//! ```text
//! cargo run --release -p hospes-tests --example load -- --executions 20000 --swaps 1000
//! cargo run --release -p hospes-tests --example load -- --server target/release/hospes --kills 50
//! ```
//!
//! Two revisions take turns. They differ in component, policy, params and
//! secret: each belongs to a Braze of its own, with a key of its own, so that
//! an execution that mixed them would be refused or would arrive at the wrong
//! one. Half of the run is undisturbed, half is swapped under, in turns, so
//! that their latencies compare. The exit code is 1 if an execution was lost,
//! doubled, mixed or failed, or if something stayed behind.

mod args;
mod brazes;
mod drive;
mod host;
mod in_process;
mod report;
mod server;

use std::error::Error;
use std::process::ExitCode;

use clap::Parser;

use crate::args::Args;
use crate::brazes::Brazes;

fn main() -> Result<ExitCode, Box<dyn Error + Send + Sync>> {
    let args = Args::parse();
    let brazes = Brazes::start()?;
    let driven = match &args.server {
        Some(binary) => {
            let host = server::Server::start(binary, &brazes)?;
            drive::drive(&args, &host)?
        }
        None => {
            let host = in_process::InProcess::start(&brazes)?;
            drive::drive(&args, &host)?
        }
    };
    let report = report::Report::new(driven, &brazes);
    report.print(args.json)?;
    Ok(if report.is_good() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
