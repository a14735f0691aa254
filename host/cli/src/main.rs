//! The hospes command line.
//!
//! Results go to standard output, everything else to standard error.
//! [`exit::Exit`] has the exit codes.

mod args;
mod cache;
mod command;
mod compiling;
mod exit;
mod findings;
mod first_look;
mod host;
mod outcome;
mod pretty;
mod roots;
mod solution;
mod stand_in;
mod terminal;
mod trace;

use std::process::ExitCode;

use clap::Parser;

use crate::args::Args;

fn main() -> ExitCode {
    if std::env::args_os().len() < 2 {
        terminal::note("hospes", first_look::FIRST_LOOK);
        return exit::Exit::Usage.into();
    }
    let args = match Args::try_parse() {
        Ok(args) => args,
        // Help is not an error; a wrong argument is 2.
        Err(error) => {
            _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
        }
    };
    match command::run(args.verb) {
        Ok(exit) => exit.into(),
        // The reader of the output has closed it.
        Err(error) if exit::is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            terminal::error(&format!("{error:#}"));
            exit::of(&error).into()
        }
    }
}
