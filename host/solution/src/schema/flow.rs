//! The flow file.

use std::collections::BTreeMap;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Serialize;
use serde_json::{Value, json};

use super::object;
use crate::flow::{AGAIN, kinds};

/// A flow: steps and inputs.
#[derive(JsonSchema, Serialize)]
#[schemars(deny_unknown_fields)]
pub(super) struct FlowFile {
    /// The step that comes first.
    start: String,
    /// Inputs: variables that are set when a conversation starts.
    #[schemars(default)]
    input: BTreeMap<String, InputTable>,
    /// Steps by name. Each does one thing.
    step: BTreeMap<String, StepTable>,
}

fn again() -> u32 {
    AGAIN
}

/// An edge for each kind of failure.
fn kinds_of_failure(_: &mut SchemaGenerator) -> Schema {
    object(
        kinds()
            .into_iter()
            .map(|kind| (kind, json!({ "type": "string" }))),
    )
}

/// An input: a variable that is set when a conversation starts.
#[derive(JsonSchema, Serialize)]
#[schemars(deny_unknown_fields)]
pub(super) struct InputTable {
    /// Its kind.
    kind: Kind,
    /// Whether a conversation may start without it.
    #[schemars(default)]
    optional: bool,
    /// The options of a `choice`.
    #[schemars(default)]
    choices: Vec<String>,
}

/// The kind of a variable.
#[derive(JsonSchema, Serialize)]
#[serde(rename_all = "lowercase")]
#[allow(dead_code, reason = "only its schema is used")]
pub(super) enum Kind {
    /// Any text on one line.
    Text,
    /// An e-mail address.
    Email,
    /// A day, as in 1990-12-10.
    Date,
    /// A telephone number with its country, as in +14155550100.
    Phone,
    /// One of `choices`.
    Choice,
    /// A number.
    Number,
    /// Yes or no.
    Boolean,
}

/// A step does one thing.
#[derive(JsonSchema, Serialize)]
#[serde(untagged)]
#[allow(dead_code, reason = "only its schema is used")]
enum StepTable {
    Say(SayStep),
    Collect(CollectStep),
    Action(Box<ActionStep>),
    Branch(BranchStep),
    End(EndStep),
}

/// Says something.
#[derive(JsonSchema, Serialize)]
#[schemars(deny_unknown_fields)]
pub(super) struct SayStep {
    /// The text; `{name}` quotes a variable, `{name?}` one that may be absent.
    say: String,
    /// The step that follows.
    next: String,
}

/// Asks for fields, one after the other.
#[derive(JsonSchema, Serialize)]
#[schemars(deny_unknown_fields)]
pub(super) struct CollectStep {
    /// The fields.
    #[schemars(length(min = 1))]
    collect: Vec<FieldTable>,
    /// The step that follows when all fields are answered.
    next: String,
    /// The step that follows when a field has no usable answer after all attempts.
    failure: String,
}

/// A field to ask for.
#[derive(JsonSchema, Serialize)]
#[schemars(deny_unknown_fields)]
pub(super) struct FieldTable {
    /// The variable for the answer.
    name: String,
    /// Its kind.
    kind: Kind,
    /// The question; may quote variables.
    prompt: String,
    /// The options of a `choice`.
    #[schemars(default)]
    choices: Vec<String>,
    /// Whether an empty answer leaves it out.
    #[schemars(default)]
    optional: bool,
    /// How often it is asked for again after an unusable answer. Defaults to 2.
    #[schemars(default = "again")]
    again: u32,
}

/// Calls a node.
#[derive(JsonSchema, Serialize)]
#[schemars(deny_unknown_fields)]
pub(super) struct ActionStep {
    /// The node of the solution.
    action: String,
    /// The payload. A string that is one quotation, such as `"{age}"`, becomes
    /// the variable's own value; `"{age?}"` is left out if it is absent.
    #[schemars(default)]
    payload: Value,
    /// The variable for the result.
    #[serde(skip_serializing_if = "Option::is_none")]
    keep: Option<String>,
    /// The variable for the failure: `kind`, `message`, `source` and, if there are any,
    /// `details`.
    #[serde(skip_serializing_if = "Option::is_none")]
    keep_failure: Option<String>,
    /// The step that follows when the node succeeds.
    success: String,
    /// The step that follows when it fails.
    failure: String,
    /// Steps that follow for particular kinds of failure, such as `rate-limited` and
    /// `unknown`.
    #[schemars(default, schema_with = "kinds_of_failure")]
    on: BTreeMap<String, String>,
}

/// Continues depending on a variable.
#[derive(JsonSchema, Serialize)]
#[schemars(deny_unknown_fields)]
pub(super) struct BranchStep {
    /// The variable, or a part of it, as in `result.status`.
    branch: String,
    /// Which value leads to which step.
    cases: BTreeMap<String, String>,
    /// The step for every other value, and for a missing one.
    #[serde(skip_serializing_if = "Option::is_none")]
    otherwise: Option<String>,
}

/// Ends the conversation.
#[derive(JsonSchema, Serialize)]
#[schemars(deny_unknown_fields)]
pub(super) struct EndStep {
    /// A word for how it ended.
    end: String,
    /// Whether it counts as a failure.
    #[schemars(default)]
    failed: bool,
}
