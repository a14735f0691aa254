//! Shows the demo to people.

use std::io::{self, Write};

use hospes_mock_braze::Exchange;
use serde_json::Value;

use super::Story;
use super::setup::DemoRun;
use crate::outcome;
use crate::pretty::pretty;
use crate::terminal::{QUIET, TITLE, styled, visible, visible_lines};

const MARGIN: &str = "   ";

pub(super) fn story(out: &mut dyn Write, story: &Story) -> io::Result<()> {
    title(
        out,
        "1. A solution file says what each node may do, and with which secrets",
    )?;
    block(out, &story.solution)?;
    let mut acts = story.runs.iter();
    if let Some(act) = acts.next() {
        title(
            out,
            "2. A flow asks a person for six details, and continues as the node decides",
        )?;
        transcript(out, act)?;
        title(
            out,
            "3. The node ran in its sandbox; the host added the key; Braze received",
        )?;
        requests(out, act, true)?;
        title(
            out,
            "4. The node succeeded, and the conversation took the success edge",
        )?;
        outcome::write(out, &act.outcome, MARGIN)?;
    }
    if let Some(act) = acts.next() {
        title(out, "5. Once more, while Braze is overloaded")?;
        transcript(out, act)?;
        title(
            out,
            "6. The node reported that, and the conversation promised nothing",
        )?;
        requests(out, act, false)?;
        outcome::write(out, &act.outcome, MARGIN)?;
    }
    writeln!(
        out,
        "\nBraze was a stand-in on this machine (`hospes mock braze`); nothing was sent anywhere else. The files are those of \
         examples/onboarding."
    )
}

/// Prints the conversation. Its styles are our own; the texts in it are already escaped.
fn transcript(out: &mut dyn Write, act: &DemoRun) -> io::Result<()> {
    for line in act.transcript.lines() {
        writeln!(out, "{MARGIN}{line}")?;
    }
    Ok(())
}

fn title(out: &mut dyn Write, text: &str) -> io::Result<()> {
    writeln!(out, "\n{}\n", styled(TITLE, text))
}

fn block(out: &mut dyn Write, text: &str) -> io::Result<()> {
    for line in text.trim_end().lines() {
        let line = format!("{MARGIN}{}", visible(line));
        writeln!(out, "{}", line.trim_end())?;
    }
    Ok(())
}

fn requests(out: &mut dyn Write, act: &DemoRun, in_full: bool) -> io::Result<()> {
    for exchange in &act.requests {
        // Only the serialised form omits the key.
        let shown = serde_json::to_value(exchange)?;
        request(out, exchange, &shown, in_full)?;
    }
    Ok(())
}

fn request(
    out: &mut dyn Write,
    exchange: &Exchange,
    shown: &Value,
    in_full: bool,
) -> io::Result<()> {
    let path = shown
        .get("path")
        .and_then(Value::as_str)
        .unwrap_or_default();
    writeln!(out, "{MARGIN}{} {}", exchange.method, visible(path))?;
    let headers: &[&str] = if in_full {
        &["host", "content-type", "authorization"]
    } else {
        &[]
    };
    for name in headers {
        if let Some(value) = shown
            .pointer(&format!("/headers/{name}"))
            .and_then(Value::as_str)
        {
            writeln!(out, "{MARGIN}{}", visible(&format!("{name}: {value}")))?;
        }
    }
    if in_full && let Some(body) = shown.get("body") {
        writeln!(out, "{}", visible_lines(&pretty(&body.to_string(), MARGIN)))?;
    }
    let Some(answer) = shown.get("answer") else {
        return Ok(());
    };
    let part = |name: &str| {
        answer
            .get(name)
            .map(ToString::to_string)
            .unwrap_or_default()
    };
    let text = visible(&format!("and responds {} {}", part("status"), part("body")));
    writeln!(out, "\n{MARGIN}{}", styled(QUIET, text))?;
    let wait = answer
        .pointer("/headers/x-ratelimit-retry-after")
        .and_then(Value::as_str);
    match wait {
        Some(wait) => {
            writeln!(
                out,
                "{MARGIN}{}",
                visible(&format!("x-ratelimit-retry-after: {wait}"))
            )
        }
        None => Ok(()),
    }
}
