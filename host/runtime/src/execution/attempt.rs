//! One attempt: a fresh store and instance, one call, and its result.

use std::time::Duration;

use wasmtime::Store;
use wasmtime::component::Instance;

use crate::bindings::hospes::node::types;
use crate::engine::{ExecutionState, fault, new_store};
use crate::execution::Execution;
use crate::json::{self, Json};
use crate::limits::Limits;
use crate::outcome::{Answer, Failure, FailureKind, Fault};
use crate::revision::ActionExport;
use crate::text::message;

impl Execution<'_> {
    /// Calls the node in a fresh instance.
    pub(crate) async fn attempt(&self, attempt: u32) -> Result<Answer, Fault> {
        let revision = &self.revision.admitted;
        let context = self.context(attempt);
        if let Some(recorder) = &self.recorder {
            recorder.attempt(attempt, context.remaining_ms);
        }
        let mut store = new_store(
            self.call.engine.raw(),
            &revision.limits,
            &revision.node,
            &self.id,
            self.http(),
            self.log.clone(),
            &self.meter,
            self.call.stake,
        );
        let called = self.meter.run(async {
            let instance = revision.instance.instantiate_async(&mut store).await?;
            call(
                &mut store,
                &instance,
                &revision.entry,
                &self.payload,
                context,
            )
            .await
        });
        match called.await {
            Ok(answer) => judge(answer, &revision.limits),
            Err(error) => Err(fault(&error, &revision.limits)),
        }
    }

    fn context(&self, attempt: u32) -> types::Context {
        let remaining = self.meter.remaining().as_millis();
        let revision = &self.revision.admitted;
        let variables = self.call.context.variables.as_ref();
        types::Context {
            execution_id: self.id.as_ref().to_owned(),
            attempt,
            env: revision.env.clone(),
            params: revision.params.as_str().to_owned(),
            secrets: revision.secret_names.clone(),
            variables: variables.map_or("{}", Json::as_str).to_owned(),
            remaining_ms: u64::try_from(remaining).unwrap_or(u64::MAX),
        }
    }
}

/// Calls `execute` of the world that the component was built for.
async fn call(
    store: &mut Store<ExecutionState>,
    instance: &Instance,
    entry: &ActionExport,
    payload: &String,
    context: types::Context,
) -> wasmtime::Result<Result<types::Json, types::Failure>> {
    match entry {
        ActionExport::Sync(action) => {
            let guest = action.load(&mut *store, instance)?;
            guest.call_execute(&mut *store, payload, &context).await
        }
        ActionExport::Async(action) => {
            let guest = action.load(&mut *store, instance)?;
            store
                .run_concurrent(async |accessor| {
                    guest.call_execute(accessor, payload.clone(), context).await
                })
                .await?
        }
    }
}

/// Checks the node's result.
fn judge(answer: Result<types::Json, types::Failure>, limits: &Limits) -> Result<Answer, Fault> {
    let fits = |bytes: usize| {
        if bytes as u64 > limits.result {
            return Err(Fault::ResultTooLarge {
                limit: limits.result,
            });
        }
        Ok(())
    };
    let parsed = |text: String, what: &str| {
        Json::within(text, limits.depth).map_err(|error| Fault::InvalidResult {
            message: format!("the node's {what} not valid JSON: {error}"),
        })
    };
    match answer {
        Ok(result) => {
            fits(result.len())?;
            Ok(Answer::Success(parsed(result, "result is")?))
        }
        Err(failure) => {
            // The length of the message in the outcome document: escaping can
            // turn one byte into six.
            let details = failure.details.as_ref().map_or(0, String::len);
            fits(json::written(&failure.message).saturating_add(details))?;
            let details = failure
                .details
                .map(|details| parsed(details, "details are"))
                .transpose()?;
            Ok(Answer::Failure(Failure {
                kind: failure.kind.into(),
                message: message(&failure.message),
                retry_after: failure.retry_after_ms.map(Duration::from_millis),
                details,
            }))
        }
    }
}

impl From<types::FailureKind> for FailureKind {
    fn from(kind: types::FailureKind) -> FailureKind {
        match kind {
            types::FailureKind::InvalidPayload => FailureKind::InvalidPayload,
            types::FailureKind::InvalidParams => FailureKind::InvalidParams,
            types::FailureKind::Denied => FailureKind::Denied,
            types::FailureKind::Unauthorized => FailureKind::Unauthorized,
            types::FailureKind::Rejected => FailureKind::Rejected,
            types::FailureKind::Partial => FailureKind::Partial,
            types::FailureKind::RateLimited => FailureKind::RateLimited,
            types::FailureKind::Unavailable => FailureKind::Unavailable,
            types::FailureKind::Unknown => FailureKind::Unknown,
            types::FailureKind::Protocol => FailureKind::Protocol,
            types::FailureKind::Internal => FailureKind::Internal,
        }
    }
}
