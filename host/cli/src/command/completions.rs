//! `hospes completions`: completions for a shell.

use std::io::{self, Write};

use clap::CommandFactory;

use crate::args::{Args, Completions};
use crate::exit::Exit;

pub(crate) fn run(args: &Completions) -> anyhow::Result<Exit> {
    // Into memory first, because the generator panics if it can't write.
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Args::command(), "hospes", &mut script);
    io::stdout().lock().write_all(&script)?;
    Ok(Exit::Success)
}
