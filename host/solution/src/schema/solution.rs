//! The solution file.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

/// A solution: environments with their params and secrets, nodes with what
/// they are granted, and flows.
#[derive(JsonSchema, Serialize)]
#[schemars(deny_unknown_fields)]
pub(super) struct SolutionFile {
    /// The solution's name.
    name: String,
    /// Names of bots.
    #[schemars(default)]
    bots: Vec<String>,
    /// Names of bots that are fed by files.
    #[schemars(default)]
    csv_bots: Vec<String>,
    /// Environments by name, such as `sandbox` and `prod`. All have the same
    /// params and secrets, with values of their own.
    #[schemars(default)]
    env: BTreeMap<String, EnvironmentTable>,
    /// Nodes by name.
    #[schemars(default)]
    node: BTreeMap<String, NodeTable>,
    /// Flows by name.
    #[schemars(default)]
    flow: BTreeMap<String, FlowTable>,
}

/// An environment: params by name, and secrets.
#[derive(JsonSchema, Serialize)]
struct EnvironmentTable {
    /// Secrets by name.
    #[schemars(default)]
    secrets: BTreeMap<String, SecretTable>,
    /// Params: any value.
    #[serde(flatten)]
    params: BTreeMap<String, Value>,
}

/// A secret: where it comes from and where it may go. Its value never stands
/// in the file.
#[derive(JsonSchema, Serialize)]
#[schemars(deny_unknown_fields)]
pub(super) struct SecretTable {
    /// `env:VARIABLE`, `file:PATH`, or `scheme:PATH` for a vault of the host's own.
    #[schemars(regex(pattern = "^[a-z0-9-]+:.+"))]
    from: String,
    /// The only origins that it is ever sent to, such as `https://api.example.com`.
    #[schemars(length(min = 1))]
    to: Vec<String>,
}

/// A node: a component, and what it is granted. Nothing is granted that does
/// not stand here.
#[derive(JsonSchema, Serialize)]
#[schemars(deny_unknown_fields)]
pub(super) struct NodeTable {
    /// The component's `.wasm` file.
    component: String,
    /// The only component that is accepted.
    #[schemars(default, regex(pattern = "^sha256:[0-9a-f]{64}$"))]
    digest: Option<String>,
    /// Params of the environment that it may read.
    #[schemars(default)]
    params: Vec<String>,
    /// Secrets of the environment that it may name in requests.
    #[schemars(default)]
    secrets: Vec<String>,
    /// Requests that it may make: `[METHOD[,METHOD]] scheme://host[:port][/path]`.
    /// A rule may quote params: `POST {braze_url}/users/track`.
    #[schemars(default)]
    allow: Vec<String>,
    /// Lets pass what one more rule for a name would allow, and says which.
    #[schemars(default)]
    observe: bool,
    /// Limits by name, such as `deadline = "10s"` and `memory = "64MiB"`.
    #[schemars(default)]
    limits: BTreeMap<String, Amount>,
    /// Which failures are repeated.
    #[schemars(default)]
    retry: Option<RetryTable>,
}

/// A number, or a text with a unit.
#[derive(JsonSchema, Serialize)]
#[serde(untagged)]
#[allow(dead_code, reason = "only its schema is used")]
enum Amount {
    /// A number.
    Number(u64),
    /// A text with a unit, such as `10s` or `64MiB`.
    Text(String),
}

/// Which failures of a node are repeated, and how.
#[derive(JsonSchema, Serialize)]
#[schemars(deny_unknown_fields)]
pub(super) struct RetryTable {
    /// Kinds of failure, such as `rate-limited` and `unavailable`.
    on: Vec<String>,
    /// How often the node is called in all.
    #[schemars(default, range(min = 1, max = 10))]
    attempts: u32,
    /// The first wait, such as `200ms`.
    #[schemars(default)]
    backoff: String,
    /// The longest wait.
    #[schemars(default)]
    backoff_cap: String,
}

/// A flow.
#[derive(JsonSchema, Serialize)]
#[schemars(deny_unknown_fields)]
pub(super) struct FlowTable {
    /// The flow's file.
    file: String,
}
