//! A conversation that a person reads.

use std::io::{self, BufRead, IsTerminal, Write};
use std::time::Duration;

use anyhow::anyhow;
use hospes_solution::flow::FieldKind;
use hospes_solution::session::{Ask, Output};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Map, Value};

use super::answers::Answers;
use super::event::{Event, HostEvent};
use super::player::{FlowPlayer, OnEvent};
use crate::exit::Exit;
use crate::pretty::pretty;
use crate::terminal::{BAD, GOOD, NOTE, QUIET, TITLE, styled, visible, visible_lines};
use crate::trace::TracedExchange;

/// The prompt before a person's lines.
const PERSON: &str = "> ";

/// Shows a conversation, and asks for the answers that the script lacks.
pub(crate) struct Screen<'o> {
    out: &'o mut dyn Write,
    answers: Answers,
    /// Whether a person can be asked.
    person: bool,
    spinner: Option<ProgressBar>,
    failed: bool,
}

impl<'o> Screen<'o> {
    pub(crate) fn new(out: &'o mut dyn Write, answers: Answers, person: bool) -> Screen<'o> {
        Screen {
            out,
            answers,
            person,
            spinner: None,
            failed: false,
        }
    }

    /// Plays the flow to its end; `hear` also gets everything that is shown.
    pub(crate) fn run(
        self,
        player: &FlowPlayer,
        inputs: Map<String, Value>,
        hear: OnEvent<'_>,
    ) -> anyhow::Result<Exit> {
        // Asking and showing take turns.
        let screen = std::cell::RefCell::new(self);
        player.play(
            inputs,
            &mut |ask| screen.borrow_mut().answer(ask),
            &mut |event| {
                screen.borrow_mut().hear(event)?;
                hear(event)
            },
        )?;
        let screen = screen.into_inner();
        screen.answers.warn();
        Ok(if screen.failed {
            Exit::Failure
        } else {
            Exit::Success
        })
    }

    /// The next answer, from the script or from the person.
    fn answer(&mut self, ask: &Ask) -> anyhow::Result<String> {
        let answer = match self.answers.take(&ask.field) {
            Some(answer) => answer,
            None if self.person => {
                write!(self.out, "{}", styled(TITLE, PERSON))?;
                self.out.flush()?;
                let mut line = String::new();
                if io::stdin().lock().read_line(&mut line)? == 0 {
                    return Err(anyhow!(
                        "the conversation ended early: standard input was closed"
                    ));
                }
                let line = line.trim_end_matches(['\r', '\n']);
                // It was not typed here, so show it.
                if !io::stdin().is_terminal() {
                    writeln!(self.out, "{}", visible(line))?;
                }
                return Ok(line.to_owned());
            }
            None => return self.answers.next(ask),
        };
        writeln!(self.out, "{}{}", styled(TITLE, PERSON), visible(&answer))?;
        Ok(answer)
    }

    fn hear(&mut self, event: &Event<'_>) -> anyhow::Result<()> {
        match event {
            Event::Output(Output::Say { text, .. }) => {
                writeln!(self.out, "{}", visible_lines(text))?;
            }
            Event::Output(Output::Ask(ask)) => self.ask(ask)?,
            Event::Output(Output::Act(act)) => self.spin(&act.node),
            Event::Output(Output::Edge {
                from,
                edge,
                to,
                reason,
            }) if edge != "next" => {
                let text = format!("[{from}: {edge} -> {to}]");
                writeln!(self.out, "{}", styled(QUIET, visible(&text)))?;
                if let Some(reason) = reason {
                    writeln!(
                        self.out,
                        "{}",
                        styled(QUIET, visible(&format!("[{reason}]")))
                    )?;
                }
            }
            Event::Output(Output::End { end, failed, .. }) => {
                self.failed = *failed;
                let style = if *failed { BAD } else { GOOD };
                writeln!(
                    self.out,
                    "{}",
                    styled(style, visible(&format!("[end: {end}]")))
                )?;
            }
            Event::Host(HostEvent::Wire { exchange }) => {
                self.still();
                self.wire(exchange)?;
            }
            Event::Host(HostEvent::Outcome { .. }) => self.still(),
            _ => {}
        }
        Ok(())
    }

    fn ask(&mut self, ask: &Ask) -> io::Result<()> {
        if let Some(reason) = &ask.reason {
            writeln!(self.out, "{}", styled(NOTE, visible(reason)))?;
        }
        write!(self.out, "{}", visible_lines(&ask.prompt))?;
        let hint = match ask.kind {
            FieldKind::Boolean => " (yes or no)",
            _ => "",
        };
        let optional = if ask.optional {
            " (optional, press Enter to skip)"
        } else {
            ""
        };
        writeln!(
            self.out,
            "{}",
            styled(QUIET, format_args!("{hint}{optional}"))
        )?;
        for (index, choice) in ask.choices.iter().enumerate() {
            writeln!(self.out, "  {}. {}", index + 1, visible(choice))?;
        }
        Ok(())
    }

    /// A spinner while a node runs, only on a terminal.
    fn spin(&mut self, node: &str) {
        let spinner = ProgressBar::new_spinner();
        if let Ok(style) = ProgressStyle::with_template("{spinner} {msg}") {
            spinner.set_style(style);
        }
        spinner.set_message(format!("{} ...", visible(node)));
        spinner.enable_steady_tick(Duration::from_millis(100));
        self.spinner = Some(spinner);
    }

    fn still(&mut self) {
        if let Some(spinner) = self.spinner.take() {
            spinner.finish_and_clear();
        }
    }

    fn wire(&mut self, exchange: &TracedExchange) -> io::Result<()> {
        let mut line = |text: &str| {
            let text = visible_lines(text);
            writeln!(self.out, "{}", styled(QUIET, format_args!("  {text}")))
        };
        line(&format!("{} {}", exchange.method, exchange.url))?;
        for (name, value) in &exchange.headers {
            line(&format!("{name}: {value}"))?;
        }
        if !exchange.body.is_null() {
            line(pretty(&exchange.body.to_string(), "  ").trim_start())?;
        }
        if let Some(answer) = &exchange.answer {
            line(&format!("-> {}", answer.status))?;
            for (name, value) in &answer.headers {
                line(&format!("{name}: {value}"))?;
            }
            line(pretty(&answer.body.to_string(), "  ").trim_start())?;
        }
        match &exchange.error {
            Some(error) => line(&format!("-> {error}")),
            None => Ok(()),
        }
    }
}
