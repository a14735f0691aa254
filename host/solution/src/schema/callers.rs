//! The callers file.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

/// Who may use which nodes and flows of a server, with which tokens and limits.
#[derive(JsonSchema, Serialize)]
#[schemars(deny_unknown_fields)]
pub(super) struct CallersFile {
    /// Callers by name, which has at most 32 letters, digits, `-` and `_`.
    #[schemars(extend("minProperties" = 1, "propertyNames" = { "pattern": "^[A-Za-z0-9_-]{1,32}$" }))]
    caller: BTreeMap<String, CallerTable>,
}

/// A caller. It may use only what is listed here.
#[derive(JsonSchema, Serialize)]
#[schemars(deny_unknown_fields)]
pub(super) struct CallerTable {
    /// Where its tokens come from: `env:VARIABLE` or `file:PATH`, with one
    /// token per line. All of them are valid.
    #[schemars(length(min = 1), inner(regex(pattern = "^[a-z0-9-]+:.+")))]
    tokens: Vec<String>,
    /// Nodes that it may run; `["*"]` is every node.
    #[schemars(default)]
    nodes: Vec<String>,
    /// Flows that it may play; `["*"]` is every flow. A flow may call its nodes.
    #[schemars(default)]
    flows: Vec<String>,
    /// Whether it may see nodes and metrics.
    #[schemars(default)]
    read: bool,
    /// Requests per second, in bursts of up to one second's worth. Defaults to
    /// `--caller-rate`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    rate: Option<u32>,
    /// Requests at once. Defaults to `--caller-concurrency`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    concurrency: Option<u32>,
    /// Sessions at once. Defaults to `--caller-sessions`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    sessions: Option<u32>,
}
