//! `hospes man`: manual pages, made when the program is packaged.

use clap::CommandFactory;

use crate::args::{Args, Man};
use crate::exit::Exit;

pub(crate) fn run(args: &Man) -> anyhow::Result<Exit> {
    clap_mangen::generate_to(Args::command(), &args.dir)?;
    Ok(Exit::Success)
}
