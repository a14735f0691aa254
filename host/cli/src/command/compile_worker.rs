//! `hospes compile-worker`: compiles one component for a server, within limits.
//! The server starts it, and nobody else has a use for it.

use std::env;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::Context;

use crate::exit::Exit;

const VERB: &str = "compile-worker";

/// This very program, and the verb with which it compiles.
pub(crate) fn compiler() -> anyhow::Result<(PathBuf, String)> {
    let program = program().context("can't tell which program this is, to compile with")?;
    Ok((program, VERB.to_owned()))
}

/// The program that runs, whatever has become of its file since it was started:
/// another version of it could not tell us anything.
fn program() -> io::Result<PathBuf> {
    let running = Path::new("/proc/self/exe");
    if running.exists() {
        return Ok(running.to_owned());
    }
    env::current_exe()
}

pub(crate) fn run() -> anyhow::Result<Exit> {
    hospes::engine::compile_worker(io::stdin().lock(), io::stdout().lock())?;
    Ok(Exit::Success)
}
