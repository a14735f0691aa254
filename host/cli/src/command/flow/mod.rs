//! `hospes flow`: plays conversations in a terminal or from a script, and draws
//! flows.

mod answers;
mod chat;
mod event;
mod graph;
mod player;

use std::io::{self, Write};

use hospes_solution::session::Output;

use crate::args::{Graph, PlayFlow};
use crate::cache::Cache;
use crate::exit::Exit;
use crate::roots;
use crate::terminal::visible_lines;
pub(crate) use answers::Answers;
pub(crate) use chat::Screen;
pub(crate) use event::{Event, HostEvent};
pub(crate) use player::FlowPlayer;

/// A conversation in the terminal.
pub(crate) fn chat(args: &PlayFlow) -> anyhow::Result<Exit> {
    let answers = args.answers.as_deref().map(Answers::read).transpose()?;
    let player = player(args)?;
    let inputs = player.inputs(&args.var)?;
    Screen::new(
        &mut anstream::stdout().lock(),
        answers.unwrap_or_default(),
        true,
    )
    .run(&player, inputs, &mut |_| Ok(()))
}

/// A conversation from a script: one line of JSON for each event.
pub(crate) fn run(args: &PlayFlow) -> anyhow::Result<Exit> {
    let mut answers = match &args.answers {
        Some(file) => Answers::read(file)?,
        None => Answers::default(),
    };
    let player = player(args)?;
    let inputs = player.inputs(&args.var)?;
    let mut failed = false;
    player.play(inputs, &mut |ask| answers.next(ask), &mut |event| {
        if let Event::Output(Output::End { failed: end, .. }) = event {
            failed = *end;
        }
        let line = serde_json::to_string(event)?;
        let mut out = io::stdout().lock();
        writeln!(out, "{}", visible_lines(&line))?;
        out.flush()?;
        Ok(())
    })?;
    answers.warn();
    Ok(if failed { Exit::Failure } else { Exit::Success })
}

/// A picture of a flow.
pub(crate) fn graph(args: &Graph) -> anyhow::Result<Exit> {
    graph::run(args)
}

fn player(args: &PlayFlow) -> anyhow::Result<FlowPlayer> {
    let roots = roots::read(args.roots.as_deref())?;
    FlowPlayer::new(
        &args.solution,
        &args.flow,
        args.env.as_deref(),
        args.trace,
        roots,
        Cache::chosen(&args.cache),
    )
}
