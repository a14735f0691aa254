//! `hospes migrate`: a solution file of a template's settings.

use std::io::Write;

use anyhow::anyhow;
use serde_json::json;

use crate::args::Migrate;
use crate::exit::Exit;
use crate::outcome::count;
use crate::terminal::{GOOD, styled, visible, visible_lines};

pub(crate) fn run(args: &Migrate) -> anyhow::Result<Exit> {
    let output = args.out.join("hospes.toml");
    let output = output.strip_prefix(".").unwrap_or(&output);
    let done = hospes_author::migrate(&args.settings, output, &args.node)
        .map_err(|error| anyhow!("{}", visible_lines(&error.to_string())))?;
    let mut out = anstream::stdout().lock();
    if args.json {
        let json = json!({
            "solution": done.solution, "moved": done.moved, "left": done.left,
        });
        writeln!(out, "{}", visible_lines(&json.to_string()))?;
    } else {
        let path = visible(&done.solution.display().to_string());
        let keys = count(done.moved, "key");
        writeln!(
            out,
            "{} {path}: {keys} moved out, {} left to you",
            styled(GOOD, "made:"),
            done.left
        )?;
    }
    Ok(Exit::Success)
}
