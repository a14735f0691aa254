//! Whether an execution ended as its golden case expects.

use serde_json::Value;

use super::failed;
use crate::golden::{GoldenCase, GoldenExpectation, Scripted, difference};
use crate::outcome::{Answer, Outcome};
use crate::revision::LoadError;

/// How many characters of a value are shown.
const SHOWN: usize = 200;

/// Compares what came of a case with what it expects.
///
/// # Errors
///
/// The first difference.
pub(super) fn judge(
    case: &GoldenCase,
    script: &Scripted,
    outcome: &Outcome,
) -> Result<(), LoadError> {
    let fails = |expected: String, found: String| Err(failed(&case.name, expected, found));
    if let Some(request) = script.unknown() {
        let expected = "no request but those of the case".to_owned();
        return fails(expected, request);
    }
    match (&case.expect, outcome.result()) {
        (GoldenExpectation::Success { result: None }, Some(_)) => {}
        (
            GoldenExpectation::Success {
                result: Some(expected),
            },
            Some(result),
        ) => {
            let result: Value = result.to().unwrap_or_default();
            if let Some((at, expected, found)) = difference(expected, &result) {
                let at = if at.is_empty() { "the result" } else { &at };
                return fails(
                    format!("{} at {at}", cut(&expected.to_string())),
                    cut(&found.to_string()),
                );
            }
        }
        (GoldenExpectation::Success { .. }, None) => {
            return fails("success".to_owned(), shown(outcome));
        }
        (GoldenExpectation::Failure { .. }, Some(result)) => {
            return fails(
                "a failure".to_owned(),
                format!("success, {}", cut(result.as_str())),
            );
        }
        (
            GoldenExpectation::Failure {
                kind,
                retry_after_ms,
                details,
            },
            None,
        ) => {
            if let Some(kind) = kind
                && kind != outcome.kind()
            {
                return fails(format!("the failure `{kind}`"), shown(outcome));
            }
            let (wait, found) = beside(outcome);
            if retry_after_ms.is_some() && *retry_after_ms != wait {
                let told = |wait: Option<u64>| match wait {
                    Some(wait) => format!("a wait of {wait} ms"),
                    None => "no wait".to_owned(),
                };
                return fails(told(*retry_after_ms), told(wait));
            }
            if let Some(expected) = details
                && let Some((at, expected, found)) = difference(expected, &found)
            {
                return fails(
                    format!("{} at {at} of the details", cut(&expected.to_string())),
                    cut(&found.to_string()),
                );
            }
        }
    }
    match script.unused() {
        Some(request) => fails(request, "no such request".to_owned()),
        None => Ok(()),
    }
}

/// The wait in milliseconds and the details of an outcome that is not a success.
fn beside(outcome: &Outcome) -> (Option<u64>, Value) {
    let (wait, details) = match &outcome.answer {
        Ok(Answer::Failure(failure)) => (failure.retry_after, failure.details.as_ref()),
        Err(fault) => (fault.retry_after(), None),
        Ok(Answer::Success(_)) => (None, None),
    };
    let wait = wait.map(|wait| u64::try_from(wait.as_millis()).unwrap_or(u64::MAX));
    let details = details.map(|details| details.to().unwrap_or_default());
    (wait, details.unwrap_or_default())
}

/// The kind and message of an outcome that is not a success.
fn shown(outcome: &Outcome) -> String {
    let message = match &outcome.answer {
        Ok(Answer::Failure(failure)) => cut(&failure.message),
        Err(fault) => cut(&fault.to_string()),
        Ok(Answer::Success(_)) => String::new(),
    };
    format!("the failure `{}`: {message}", outcome.kind())
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}...", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}
