//! `hospes key`: keys for signing components.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

use anyhow::{Context, anyhow};
use hospes::files;
use hospes::signature::SigningKey;

use crate::args;
use crate::exit::Exit;

pub(crate) fn run(args: &args::Key) -> anyhow::Result<Exit> {
    if args.new {
        make(&args.file).with_context(|| format!("can't create {}", args.file.display()))?;
    }
    let key = read(&args.file)?;
    writeln!(io::stdout().lock(), "{}", key.verifying_key())?;
    Ok(Exit::Success)
}

/// Reads a private key.
pub(super) fn read(file: &Path) -> anyhow::Result<SigningKey> {
    let text = files::read_secret(file, files::KEY)
        .with_context(|| format!("can't read {}", file.display()))?;
    SigningKey::from_pem(&text).map_err(|error| anyhow!("{}: {error}", file.display()))
}

/// Creates a file with a private key that only its owner can read.
fn make(path: &Path) -> anyhow::Result<()> {
    let mut secret = [0; 32];
    getrandom::fill(&mut secret)?;
    let pem = SigningKey::from_bytes(&secret).to_pem()?;
    let mut file = private(path)?;
    file.write_all(pem.as_bytes())?;
    Ok(file.sync_all()?)
}

#[cfg(unix)]
fn private(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt;

    let mut options = File::options();
    options.write(true).create_new(true).mode(0o600).open(path)
}

#[cfg(not(unix))]
fn private(path: &Path) -> io::Result<File> {
    File::create_new(path)
}
