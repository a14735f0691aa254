//! `hospes new`: the tree of a node.

use std::io::Write;

use anyhow::anyhow;

use crate::args::{Lang, New};
use crate::exit::Exit;
use crate::terminal::{GOOD, shell_word, styled, visible};

pub(crate) fn run(args: &New) -> anyhow::Result<Exit> {
    let Lang::Rust = args.lang;
    let name = hospes_author::create(&args.path)
        .map_err(|error| anyhow!("{}", visible(&error.to_string())))?;
    let path = args.path.display().to_string();
    writeln!(
        anstream::stdout().lock(),
        "{} {}\n\n  cd {}\n  hospes test\n  hospes run {name} --payload payload.json",
        styled(GOOD, "made:"),
        visible(&path),
        shell_word(&path),
    )?;
    Ok(Exit::Success)
}
