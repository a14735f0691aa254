//! Continues a session until it asks again or ends.

use hospes::{ExecuteError, Outcome};
use hospes_solution::Flow;
use hospes_solution::session::{Act, Acted, Output, SessionError};
use serde::Serialize;

use super::conversation::Talk;
use super::registry::Place;
use crate::error::{ApiError, FLOW_CHANGED, INTERNAL, INVALID_REQUEST, SESSION_ENDED};
use crate::executor::Executor;

/// Continues from these outputs. The session is stored before each call and at
/// the end, so a session that is found acting may have made its call and must
/// not repeat it.
pub(crate) async fn play(
    executor: &Executor,
    flow: &Flow,
    place: &mut Place,
    mut talk: Talk,
    mut outputs: Vec<Output>,
) -> Result<Talk, ApiError> {
    let mut called = false;
    loop {
        for output in &outputs {
            talk.hear(output)?;
        }
        let kept = place.keep(&mut talk).await;
        let act = match outputs.pop() {
            Some(Output::Act(act)) => Some(act),
            _ => None,
        };
        match (kept, act) {
            (Ok(()), None) => return Ok(talk),
            (Ok(()), Some(act)) => {
                called = true;
                let acted = run(executor, &act, &mut talk).await?;
                let gone_on = talk.session.acted(flow, &acted);
                outputs = gone_on.map_err(|error| refusal(&error))?;
            }
            // The call was made, even if that could not be stored.
            (Err(error), act) if called => {
                tracing::error!(target: "hospes::store", "{}", error.message());
                place.hold(&talk);
                return match act {
                    Some(_) => Err(error),
                    None => Ok(talk),
                };
            }
            (Err(error), _) => return Err(error),
        }
    }
}

/// The outcome of a call, as `hospes flow run` prints it.
#[derive(Serialize)]
#[serde(tag = "event", rename = "outcome")]
struct Called<'a> {
    step: &'a str,
    outcome: &'a Outcome,
}

async fn run(executor: &Executor, act: &Act, talk: &mut Talk) -> Result<Acted, ApiError> {
    let executed = match act.call() {
        Ok((payload, mut context)) => {
            if let Some(owner) = &talk.owner {
                context = context.with_caller(owner);
            }
            executor.call(&act.node, payload.as_str(), &context).await
        }
        Err(error) => Err(error),
    };
    match executed {
        Ok(outcome) => {
            let (step, outcome) = (&*act.step, &outcome);
            talk.hear(&Called { step, outcome })?;
            Ok(Acted::from(outcome))
        }
        Err(error) => Ok(Acted::unsent(&error).unwrap_or_else(|| not_run(&error))),
    }
}

/// Nothing was called; the node may have been removed.
fn not_run(error: &ExecuteError) -> Acted {
    Acted::failed("host", "refused", error.to_string())
}

/// Why a session did not continue, or was not started.
pub(crate) fn refusal(error: &SessionError) -> ApiError {
    let code = match error {
        SessionError::Changed { .. } => &FLOW_CHANGED,
        SessionError::NothingAsked => &SESSION_ENDED,
        SessionError::UnknownInput { .. }
        | SessionError::MissingInput { .. }
        | SessionError::WrongInput { .. } => &INVALID_REQUEST,
        _ => &INTERNAL,
    };
    ApiError::new(code, error.to_string())
}
