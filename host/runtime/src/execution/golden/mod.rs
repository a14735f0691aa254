//! Running golden cases before a revision serves.

mod judge;

use std::sync::Arc;

use hospes_egress::{EgressEvent, ErrorCase, MAX_PER_ORIGIN, Origins, Verdict, WriteReplay};

use crate::block_on::block_on;
use crate::context::Context;
use crate::engine::Engine;
use crate::execution::{Call, ExecutionTracker, execute, meter};
use crate::golden::{GoldenCase, GoldenError, Scripted};
use crate::json::Json;
use crate::observer::Observer;
use crate::outcome::Fault;
use crate::revision::{AdmittedComponent, LoadError, Revision};

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
    let mut admitted = Arc::clone(admitted);
    if let Some(params) = &case.params {
        let params = Json::from_value(params).map_err(|error| wrong(error.to_string()))?;
        Arc::make_mut(&mut admitted).params = params;
    }
    let revision = Revision::new(
        admitted,
        0,
        transport,
        Arc::new(Refusals(Arc::clone(&script))),
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
    judge::judge(case, &script, &outcome)
}

/// Tells the script what the gate has refused.
struct Refusals(Arc<Scripted>);

impl Observer for Refusals {
    fn egress(&self, event: &EgressEvent) {
        let error = match &event.verdict {
            Verdict::Denied(_) => GoldenError::Denied,
            Verdict::Failed(ErrorCase::Exhausted) => GoldenError::Exhausted,
            _ => return,
        };
        let url = format!("{}{}", event.origin, event.path);
        self.0.refused(error, &event.method, &url);
    }
}

fn failed(case: &str, expected: String, found: String) -> LoadError {
    LoadError::Golden {
        case: case.to_owned(),
        expected,
        found,
    }
}
