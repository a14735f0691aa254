//! `hospes mock braze`: the strict stand-in for Braze.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use anyhow::{Context, anyhow};
use hospes_mock_braze::{Exchange, Script};
use hospes_server::Signals;
use serde_json::json;
use tokio::sync::mpsc;

use crate::args::{MockBraze, ObjectLimit};
use crate::exit::Exit;

pub(crate) fn run(args: MockBraze) -> anyhow::Result<Exit> {
    let script = args
        .script
        .as_deref()
        .map(read_script)
        .transpose()?
        .unwrap_or_default();
    let limit = match args.limit {
        ObjectLimit::Combined => hospes_mock_braze::ObjectLimit::Combined,
        ObjectLimit::PerArray => hospes_mock_braze::ObjectLimit::PerArray,
    };
    let tokio = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .build()?;
    tokio.block_on(async {
        // Before the first line, so that whoever reads that line can end the
        // command.
        let mut signals = Signals::new().context("can't wait for signals")?;
        let (sender, lines) = mpsc::unbounded_channel();
        let braze = hospes_mock_braze::MockBraze::builder()
            .listen(args.listen)
            .key(args.key)
            .limit(limit)
            .script(script)
            .on_exchange(move |exchange| _ = sender.send(line(exchange)))
            .start()
            .map_err(|error| anyhow!("can't serve on {}: {error}", args.listen))?;
        print_line(&json!({ "url": braze.url(), "key": braze.key() }).to_string())?;
        tokio::select! {
            () = signals.next() => Ok(Exit::Success),
            ended = print_lines(lines) => ended.map(|()| Exit::Success),
        }
    })
}

fn read_script(path: &Path) -> anyhow::Result<Script> {
    let path_shown = path.display();
    let text =
        fs::read_to_string(path).map_err(|error| anyhow!("can't read {path_shown}: {error}"))?;
    Script::from_json(&text).map_err(|error| anyhow!("{path_shown}: {error}"))
}

fn line(exchange: &Exchange) -> String {
    serde_json::to_string(exchange)
        .unwrap_or_else(|error| json!({ "error": error.to_string() }).to_string())
}

async fn print_lines(mut lines: mpsc::UnboundedReceiver<String>) -> anyhow::Result<()> {
    while let Some(line) = lines.recv().await {
        print_line(&line)?;
    }
    Ok(())
}

/// Flushes each line, because a reader may wait for it.
fn print_line(line: &str) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{line}")?;
    out.flush()?;
    Ok(())
}
