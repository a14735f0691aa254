//! Between the generated bindings and the types of this crate.
//!
//! Only built for WebAssembly. Values are moved, not copied, wherever the two
//! sides agree on their shape.

use std::marker::PhantomData;
use std::time::Duration;

use crate::bindings::node::exports::hospes::node::action;
use crate::bindings::node_async::exports::hospes::node::action_async;
use crate::bindings::shared::exports::hospes::node::about;
use crate::bindings::shared::hospes::node::types;
use crate::boundary::{Call, execute, execute_async};
use crate::host::millis;
use crate::{Action, AsyncAction, Description, Egress, Failure, FailureKind, Input};

/// What the component of an [`Action`] exports.
pub struct Node<A>(PhantomData<A>);

/// What the component of an [`AsyncAction`] exports.
pub struct AsyncNode<A>(PhantomData<A>);

impl<A: Action> action::Guest for Node<A> {
    fn execute(payload: String, context: types::Context) -> Result<String, types::Failure> {
        execute::<A>(call(payload, context)).map_err(types::Failure::from)
    }
}

impl<A: Action> about::Guest for Node<A> {
    fn describe() -> types::Description {
        A::describe().into()
    }
}

impl<A: AsyncAction> action_async::Guest for AsyncNode<A> {
    async fn execute(payload: String, context: types::Context) -> Result<String, types::Failure> {
        execute_async::<A>(call(payload, context))
            .await
            .map_err(types::Failure::from)
    }
}

impl<A: AsyncAction> about::Guest for AsyncNode<A> {
    fn describe() -> types::Description {
        A::describe().into()
    }
}

fn call(payload: String, context: types::Context) -> Call {
    Call {
        payload,
        execution_id: context.execution_id,
        attempt: context.attempt,
        env: context.env,
        params: context.params,
        secrets: context.secrets,
        variables: context.variables,
        remaining: Duration::from_millis(context.remaining_ms),
    }
}

impl From<Failure> for types::Failure {
    fn from(failure: Failure) -> Self {
        types::Failure {
            kind: failure.kind.into(),
            message: failure.message,
            retry_after_ms: failure.retry_after.map(millis),
            details: failure.details.map(|details| details.to_string()),
        }
    }
}

impl From<FailureKind> for types::FailureKind {
    fn from(kind: FailureKind) -> Self {
        match kind {
            FailureKind::InvalidPayload => types::FailureKind::InvalidPayload,
            FailureKind::InvalidParams => types::FailureKind::InvalidParams,
            FailureKind::Denied => types::FailureKind::Denied,
            FailureKind::Unauthorized => types::FailureKind::Unauthorized,
            FailureKind::Rejected => types::FailureKind::Rejected,
            FailureKind::Partial => types::FailureKind::Partial,
            FailureKind::RateLimited => types::FailureKind::RateLimited,
            FailureKind::Unavailable => types::FailureKind::Unavailable,
            FailureKind::Unknown => types::FailureKind::Unknown,
            FailureKind::Protocol => types::FailureKind::Protocol,
            FailureKind::Internal => types::FailureKind::Internal,
        }
    }
}

impl From<Description> for types::Description {
    fn from(description: Description) -> Self {
        types::Description {
            name: description.name,
            version: description.version,
            summary: description.summary,
            egress: description.egress.into_iter().map(Into::into).collect(),
            params: description.params.into_iter().map(Into::into).collect(),
            secrets: description.secrets.into_iter().map(Into::into).collect(),
            payload_schema: description.payload_schema,
            result_schema: description.result_schema,
            params_schema: description.params_schema,
        }
    }
}

impl From<Egress> for types::Egress {
    fn from(egress: Egress) -> Self {
        types::Egress {
            method: egress.method,
            url: egress.url,
        }
    }
}

impl From<Input> for types::Input {
    fn from(input: Input) -> Self {
        types::Input {
            name: input.name,
            required: input.required,
            summary: input.summary,
        }
    }
}
