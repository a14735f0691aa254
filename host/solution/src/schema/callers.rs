//! The callers file.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

/// Who may use what of a server, with which tokens and how much at once.
#[derive(JsonSchema, Serialize)]
#[schemars(deny_unknown_fields)]
pub(super) struct CallersFile {
    /// Callers by name, which has at most 32 letters, digits, `-` and `_`.
    #[schemars(extend("minProperties" = 1, "propertyNames" = { "pattern": "^[A-Za-z0-9_-]{1,32}$" }))]
    caller: BTreeMap<String, CallerTable>,
}

/// A caller. It may use nothing that does not stand here.
#[derive(JsonSchema, Serialize)]
#[schemars(deny_unknown_fields)]
pub(super) struct CallerTable {
    /// Where its tokens come from: `env:VARIABLE` or `file:PATH`, in which one
    /// stands on each line. All of them are valid at once.
    #[schemars(length(min = 1), inner(regex(pattern = "^[a-z0-9-]+:.+")))]
    tokens: Vec<String>,
    /// Nodes that it may run; `["*"]` is every node.
    #[schemars(default)]
    nodes: Vec<String>,
    /// Flows that it may play; `["*"]` is every flow. A flow may call its nodes.
    #[schemars(default)]
    flows: Vec<String>,
    /// Whether it may look at nodes and numbers.
    #[schemars(default)]
    read: bool,
    /// Requests a second, a second's worth of them at once. Without it, what
    /// `--caller-rate` says.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    rate: Option<u32>,
    /// Requests at once. Without it, what `--caller-concurrency` says.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    concurrency: Option<u32>,
    /// Sessions at once. Without it, what `--caller-sessions` says.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    sessions: Option<u32>,
}
