//! An outcome for people.

use std::io::{self, Write};
use std::time::Duration;

use hospes::Outcome;
use hospes::outcome::{Answer, Level, LogRecord};

use crate::exit::Exit;
use crate::pretty::pretty;
use crate::terminal::{BAD, GOOD, QUIET, note, styled, visible, visible_lines};

/// The exit code for an outcome.
pub(crate) fn exit(outcome: &Outcome) -> Exit {
    match outcome.answer {
        Ok(Answer::Success(_)) => Exit::Success,
        Ok(Answer::Failure(_)) => Exit::Failure,
        Err(_) => Exit::Fault,
    }
}

/// Writes route, result or failure, and usage; each line after `margin`.
pub(crate) fn write(out: &mut dyn Write, outcome: &Outcome, margin: &str) -> io::Result<()> {
    match &outcome.answer {
        Ok(Answer::Success(result)) => {
            writeln!(out, "{margin}{}", styled(GOOD, "success"))?;
            writeln!(out, "{}", visible_lines(&pretty(result.as_str(), margin)))?;
        }
        Ok(Answer::Failure(failure)) => {
            writeln!(out, "{margin}{} {}", styled(BAD, "failure:"), failure.kind)?;
            writeln!(out, "{margin}{}", visible(&failure.message))?;
            if let Some(wait) = failure.retry_after {
                writeln!(out, "{margin}Repeat after {}.", duration(wait))?;
            }
            if let Some(details) = &failure.details {
                writeln!(out, "{}", visible_lines(&pretty(details.as_str(), margin)))?;
            }
        }
        Err(fault) => {
            writeln!(
                out,
                "{margin}{} {} (source: host)",
                styled(BAD, "failure:"),
                fault.kind()
            )?;
            writeln!(out, "{margin}{}", visible(&fault.to_string()))?;
        }
    }
    writeln!(out, "{margin}{}", styled(QUIET, cost(outcome)))
}

/// Writes the node's log records to standard error.
pub(crate) fn log(records: &[LogRecord]) {
    for record in records {
        let level = match record.level {
            Level::Trace => "trace:",
            Level::Debug => "debug:",
            Level::Info => "info:",
            Level::Warn => "warn:",
            Level::Error => "error:",
        };
        let mut text = visible(&record.message);
        for (name, value) in &record.fields {
            text.push_str(&format!(" {}={}", visible(name), visible(value)));
        }
        note(&styled(QUIET, format!("log {level}")), &text);
    }
}

/// `braze-track 0.1.0 (sha256:0123456789ab): 1 attempt, 12 ms, ...`
fn cost(outcome: &Outcome) -> String {
    let usage = &outcome.usage;
    let mut cost = visible(&outcome.node);
    if !outcome.revision.version.is_empty() {
        cost.push_str(&format!(" {}", visible(&outcome.revision.version)));
    }
    let digest: String = outcome
        .revision
        .digest
        .chars()
        .take("sha256:".len() + 12)
        .collect();
    cost.push_str(&format!(
        " ({digest}): {}, {}, {} of memory, {}",
        count(u64::from(outcome.attempts), "attempt"),
        duration(Duration::from_micros(usage.wall_us)),
        bytes(usage.memory_peak_bytes),
        count(usage.http_requests, "request"),
    ));
    if usage.http_requests > 0 {
        let (sent, received) = (bytes(usage.http_bytes_out), bytes(usage.http_bytes_in));
        cost.push_str(&format!(" with {sent} sent and {received} received"));
    }
    cost
}

/// `1 request`, `2 requests`.
pub(crate) fn count(number: u64, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

/// In the largest unit in which the number is at least 1.
pub(crate) fn bytes(bytes: u64) -> String {
    match bytes {
        0..1024 => format!("{bytes} bytes"),
        1024..1_048_576 => format!("{:.1} KiB", bytes as f64 / 1024.0),
        _ => format!("{:.1} MiB", bytes as f64 / 1_048_576.0),
    }
}

fn duration(duration: Duration) -> String {
    match duration.as_micros() {
        0..1000 => format!("{} us", duration.as_micros()),
        1000..1_000_000 => format!("{} ms", duration.as_millis()),
        _ if duration.subsec_millis() == 0 => format!("{} s", duration.as_secs()),
        _ => format!("{:.1} s", duration.as_secs_f64()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_short() {
        for (amount, text) in [
            (0, "0 bytes"),
            (1023, "1023 bytes"),
            (1536, "1.5 KiB"),
            (3 << 20, "3.0 MiB"),
        ] {
            assert_eq!(bytes(amount), text);
        }
        for (millis, text) in [(0, "0 us"), (12, "12 ms"), (7000, "7 s"), (1250, "1.2 s")] {
            assert_eq!(duration(Duration::from_millis(millis)), text);
        }
    }
}
