//! Where JSON becomes types and types become JSON again.
//!
//! The exported component and the scripted host of native tests both go through
//! here, so a test sees what a caller will see.

use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::context::Variables;
use crate::decode::decode;
use crate::{Action, AsyncAction, Context, Failure, FailureKind};

/// One call as it comes from the host.
pub(crate) struct Call {
    pub(crate) payload: String,
    pub(crate) execution_id: String,
    pub(crate) attempt: u32,
    pub(crate) env: String,
    pub(crate) params: String,
    pub(crate) secrets: Vec<String>,
    pub(crate) variables: String,
    pub(crate) remaining: Duration,
}

/// Runs an action once.
pub(crate) fn execute<A: Action>(call: Call) -> Result<String, Failure> {
    let (payload, context) = open(call)?;
    close(&A::execute(payload, context)?)
}

/// Runs an async action once.
pub(crate) async fn execute_async<A: AsyncAction>(call: Call) -> Result<String, Failure> {
    let (payload, context) = open(call)?;
    close(&A::execute(payload, context).await?)
}

/// Params first: no payload can make up for a wrong environment.
fn open<T, P>(call: Call) -> Result<(T, Context<P>), Failure>
where
    T: DeserializeOwned + 'static,
    P: DeserializeOwned + 'static,
{
    let params = decode("params", &call.params)
        .map_err(|message| Failure::new(FailureKind::InvalidParams, message))?;
    let payload = decode("payload", &call.payload)
        .map_err(|message| Failure::new(FailureKind::InvalidPayload, message))?;
    let context = Context {
        execution_id: call.execution_id,
        attempt: call.attempt,
        env: call.env,
        params,
        secrets: call.secrets,
        variables: Variables::from(call.variables),
        remaining: call.remaining,
    };
    Ok((payload, context))
}

fn close(output: &impl Serialize) -> Result<String, Failure> {
    serde_json::to_string(output).map_err(|error| {
        Failure::internal(format!("the output cannot be written as JSON: {error}"))
    })
}
