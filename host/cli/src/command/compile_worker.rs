//! `hospes compile-worker`: compiles one component for the process that started
//! it, within limits. It is of no other use.

use std::env;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::Context;

use crate::exit::Exit;

const VERB: &str = "compile-worker";

/// This program, and its verb for compiling.
pub(crate) fn compiler() -> anyhow::Result<(PathBuf, String)> {
    let program =
        program().context("can't find the path of this program, which compiles components")?;
    Ok((program, VERB.to_owned()))
}

/// The running program, even if its file was replaced since it started: another
/// version could not compile for this one.
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
