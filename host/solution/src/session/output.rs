//! What a session wants from its host next.

use serde::Serialize;
use serde_json::{Map, Value};

use crate::flow::FieldKind;

/// One thing that happened, or that the host is to do. Serialises as an
/// object whose `event` names the variant, such as `{"event": "say", ...}`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Output {
    /// Tell the person.
    Say {
        /// The step.
        step: String,
        /// What to say.
        text: String,
    },
    /// Ask the person, and give the answer to [`Session::answer`](crate::Session::answer).
    Ask(Ask),
    /// Call a node, and give its outcome to [`Session::acted`](crate::Session::acted).
    /// Store the session before the call is made.
    Act(Act),
    /// The session entered another step.
    Edge {
        /// The step that was left.
        from: String,
        /// The edge that was taken, as in [`Edge::label`](crate::flow::Edge::label).
        edge: String,
        /// The step that was entered.
        to: String,
        /// Why, if it is a failure that no node reported.
        #[serde(skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    /// The session has ended.
    End {
        /// The step.
        step: String,
        /// The end's name.
        end: String,
        /// Whether it counts as a failure.
        failed: bool,
    },
}

/// A question.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Ask {
    /// The step.
    pub step: String,
    /// The variable for the answer.
    pub field: String,
    /// The kind of the answer.
    pub kind: FieldKind,
    /// The question.
    pub prompt: String,
    /// The options, if it is a choice.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub choices: Vec<String>,
    /// Whether an empty answer leaves it out.
    pub optional: bool,
    /// Why the last answer can't be used, if it is asked for again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// A call of a node.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Act {
    /// The step.
    pub step: String,
    /// The node.
    pub node: String,
    /// The id to execute it with. It is the same when the session is resumed,
    /// so that the upstream can recognise a repetition.
    pub execution_id: String,
    /// The payload.
    pub payload: Value,
    /// The flow's variables, for the node's context.
    pub variables: Map<String, Value>,
}
