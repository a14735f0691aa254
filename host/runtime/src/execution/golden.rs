//! Running golden cases before a revision serves.

use std::sync::Arc;

use hospes_egress::{MAX_PER_ORIGIN, Origins, WriteReplay};
use serde_json::Value;

use crate::block_on::block_on;
use crate::context::Context;
use crate::engine::Engine;
use crate::execution::{Call, ExecutionTracker, execute, meter};
use crate::golden::{GoldenCase, GoldenExpectation, Scripted, difference};
use crate::json::Json;
use crate::observer::Unobserved;
use crate::outcome::{Answer, Fault, Outcome};
use crate::revision::{AdmittedComponent, LoadError, Revision};

/// How many bytes of a value are shown.
const SHOWN: usize = 200;

/// Runs the golden cases of a component, each in a separate revision whose
/// requests get their responses from the case.
///
/// # Errors
///
/// The first case that does not end as expected.
pub(crate) fn check(engine: &Engine, admitted: &Arc<AdmittedComponent>) -> Result<(), LoadError> {
    if admitted.golden.is_empty() {
        return Ok(());
    }
    let limits = &admitted.limits;
    let cases = || async {
        let place = engine.loading(admitted.permits, limits.compile).await;
        let _place = place.ok_or_else(LoadError::busy)?;
        for case in &admitted.golden {
            run(engine, admitted, case).await?;
        }
        Ok(())
    };
    match block_on(cases) {
        Ok(Some(checked)) => checked,
        Ok(None) => Err(failed(
            "all",
            "an end".to_owned(),
            "a panic of the host".to_owned(),
        )),
        Err(error) => Err(LoadError::Thread(error)),
    }
}

async fn run(
    engine: &Engine,
    admitted: &Arc<AdmittedComponent>,
    case: &GoldenCase,
) -> Result<(), LoadError> {
    let wrong = |error: String| failed(&case.name, "a case that can be run".to_owned(), error);
    let script = Arc::new(Scripted::new(case.exchanges.clone()));
    let transport = Arc::clone(&script) as Arc<_>;
    let revision = Revision::new(
        Arc::clone(admitted),
        0,
        transport,
        Arc::new(Unobserved),
        Origins::new(MAX_PER_ORIGIN),
    );
    let revision = revision.map_err(LoadError::Grant)?;
    let payload = Json::from_value(&case.payload).map_err(|error| wrong(error.to_string()))?;
    let variables = Json::from_value(&case.variables).map_err(|error| wrong(error.to_string()))?;
    let context = Context::new()
        .with_variables(variables)
        .map_err(|error| wrong(error.to_string()))?;
    let outcome = execute(Call {
        engine,
        revision: &revision,
        payload: &payload,
        context: &context,
        id: context.execution_id(),
        writes: WriteReplay::Off,
        places: None,
        requests: None,
        running: &ExecutionTracker::default(),
        meter: meter(&revision, &context),
        stake: engine.shares().loading(),
    })
    .await;
    if let Err(Fault::Overloaded { message }) = &outcome.answer {
        return Err(LoadError::Overloaded(message.clone()));
    }
    judge(case, &script, &outcome)
}

fn judge(case: &GoldenCase, script: &Scripted, outcome: &Outcome) -> Result<(), LoadError> {
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
        (GoldenExpectation::Failure { kind }, None) => {
            if let Some(kind) = kind
                && kind != outcome.kind()
            {
                return fails(format!("the failure `{kind}`"), shown(outcome));
            }
        }
    }
    match script.unused() {
        Some(request) => fails(request, "no such request".to_owned()),
        None => Ok(()),
    }
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

fn failed(case: &str, expected: String, found: String) -> LoadError {
    LoadError::Golden {
        case: case.to_owned(),
        expected,
        found,
    }
}
