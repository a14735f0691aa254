//! Flows and sessions as JSON.

use std::collections::BTreeMap;

use hospes_solution::Flow;
use hospes_solution::flow::FieldKind;
use hospes_solution::session::State;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::conversation::Conversation;
use crate::number;

/// Every flow.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct FlowsDocument {
    pub(crate) flows: Vec<FlowDocument>,
}

/// A flow that can be started.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct FlowDocument {
    name: String,
    /// `sha256:` and the digest of the flow's file.
    revision: String,
    /// The inputs for starting a session, by name.
    inputs: BTreeMap<String, InputDocument>,
}

/// An input of a flow.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct InputDocument {
    /// `text`, `email`, `date`, `phone`, `choice`, `number` or `boolean`.
    #[schema(value_type = String)]
    kind: FieldKind,
    /// The options, if it is a choice.
    choices: Vec<String>,
    optional: bool,
}

impl FlowDocument {
    pub(crate) fn of(flow: &Flow) -> FlowDocument {
        let input = |(name, input): (&String, &hospes_solution::flow::Input)| {
            let document = InputDocument {
                kind: input.kind,
                choices: input.choices.clone(),
                optional: input.optional,
            };
            (name.clone(), document)
        };
        FlowDocument {
            name: flow.name.clone(),
            revision: flow.revision.clone(),
            inputs: flow.inputs.iter().map(input).collect(),
        }
    }
}

/// What to start a session with.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Start {
    /// The flow's inputs by name. Defaults to none.
    #[serde(default)]
    pub(crate) inputs: Map<String, Value>,
}

/// An answer to a session's question.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SessionAnswer {
    /// The session's `turn` when it asked, so that an answer that is sent twice
    /// counts once.
    #[schema(minimum = 0, maximum = 9007199254740991_i64)]
    #[serde(deserialize_with = "number::whole")]
    pub(crate) turn: u64,
    /// What the person typed. If it is empty, an optional field is left out.
    pub(crate) answer: String,
}

/// A session, and its last events.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SessionDocument {
    session: Standing,
    /// The events since the last answer, or since the start: objects whose
    /// `event` is `say`, `ask`, `act`, `outcome`, `edge` or `end`, as `hospes
    /// flow run` prints them. A session that asks has `ask` last.
    #[schema(value_type = Vec<Object>)]
    outputs: Vec<Box<RawValue>>,
}

/// The state of a session.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Standing {
    /// The session's id. Whoever knows it can continue the session.
    id: String,
    flow: String,
    /// The revision of the flow that it was started with.
    revision: String,
    /// Whether the flow has changed since, so that the session can't continue.
    changed: bool,
    step: String,
    state: Where,
    /// The number that the next answer carries.
    #[schema(minimum = 1)]
    turn: u64,
    /// The name of its end, if it has ended.
    end: Option<String>,
    /// Whether that end counts as a failure.
    failed: Option<bool>,
    /// Whether it was interrupted because the server was killed during a call.
    /// An answer or `resume` continues it.
    interrupted: bool,
}

/// What a session is doing.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum Where {
    /// It waits for an answer.
    Asking,
    /// A node runs.
    Acting,
    /// It has ended.
    Ended,
}

impl Standing {
    pub(crate) fn of(id: &str, conversation: &Conversation, changed: bool, busy: bool) -> Standing {
        let session = &conversation.session;
        let (state, end, failed) = match session.state() {
            State::Acting { .. } => (Where::Acting, None, None),
            State::Ended { end, failed } => (Where::Ended, Some(end.clone()), Some(*failed)),
            _ => (Where::Asking, None, None),
        };
        Standing {
            id: id.to_owned(),
            flow: session.flow().to_owned(),
            revision: session.revision().to_owned(),
            changed,
            step: session.step().to_owned(),
            state,
            turn: conversation.turn,
            end,
            failed,
            interrupted: conversation.is_acting() && !busy,
        }
    }
}

impl SessionDocument {
    pub(crate) fn of(
        id: &str,
        conversation: Conversation,
        changed: bool,
        busy: bool,
    ) -> SessionDocument {
        SessionDocument {
            session: Standing::of(id, &conversation, changed, busy),
            outputs: conversation.outputs,
        }
    }
}
