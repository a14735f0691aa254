//! Continues a session until it asks again or ends.

use hospes::{ExecuteError, Outcome};
use hospes_solution::Flow;
use hospes_solution::session::{Act, Acted, Output, SessionError};
use serde::Serialize;

use super::conversation::Conversation;
use super::registry::SessionLease;
use crate::error::{ApiError, FLOW_CHANGED, INTERNAL, INVALID_REQUEST, SESSION_ENDED};
use crate::executor::Executor;

/// Continues from these outputs. The session is stored before each call and at
/// the end, so a session that is found acting may have made its call and must
/// not repeat it.
pub(crate) async fn play(
    executor: &Executor,
    flow: &Flow,
    lease: &mut SessionLease,
    mut conversation: Conversation,
    mut outputs: Vec<Output>,
) -> Result<Conversation, ApiError> {
    let mut called = false;
    loop {
        for output in &outputs {
            conversation.hear(output)?;
        }
        let kept = lease.keep(&mut conversation).await;
        let act = match outputs.pop() {
            Some(Output::Act(act)) => Some(act),
            _ => None,
        };
        match (kept, act) {
            (Ok(()), None) => return Ok(conversation),
            (Ok(()), Some(act)) => {
                called = true;
                let acted = run(executor, &act, &mut conversation).await?;
                let gone_on = conversation.session.acted(flow, &acted);
                outputs = gone_on.map_err(|error| refusal(&error))?;
            }
            // The call was made, even if that could not be stored.
            (Err(error), act) if called => {
                tracing::error!(target: "hospes::store", "{}", error.message());
                lease.hold(&conversation);
                return match act {
                    Some(_) => Err(error),
                    None => Ok(conversation),
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

async fn run(
    executor: &Executor,
    act: &Act,
    conversation: &mut Conversation,
) -> Result<Acted, ApiError> {
    let executed = match act.call() {
        Ok((payload, mut context)) => {
            if let Some(owner) = &conversation.owner {
                context = context.with_caller(owner);
            }
            executor.call(&act.node, payload.as_str(), &context).await
        }
        Err(error) => Err(error),
    };
    match executed {
        Ok(outcome) => {
            let (step, outcome) = (&*act.step, &outcome);
            conversation.hear(&Called { step, outcome })?;
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
