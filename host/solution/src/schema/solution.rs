//! The solution file.

use std::collections::BTreeMap;

use hospes::limits::TABLE;
use hospes::outcome::FailureKind;
use hospes::protection::Protection;
use hospes::retry::RetryPolicy;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Serialize;
use serde_json::{Value, json};

use super::object;

/// A solution: environments with their params and secrets, nodes with their
/// grants, and flows.
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

/// A secret: where it comes from and where it may be sent. Its value is never
/// in the file.
#[derive(JsonSchema, Serialize)]
#[schemars(deny_unknown_fields)]
pub(super) struct SecretTable {
    /// `env:VARIABLE`, `file:PATH`, or `scheme:PATH` for a vault of the host.
    #[schemars(regex(pattern = "^[a-z0-9-]+:.+"))]
    from: String,
    /// The only origins that it is ever sent to, such as `https://api.example.com`.
    #[schemars(length(min = 1))]
    to: Vec<String>,
    /// The header that the host adds to every request to these origins. Without
    /// one, nodes name the secret, in `authorization`.
    #[serde(skip_serializing_if = "Option::is_none")]
    header: Option<String>,
    /// The text before it in that header, such as `Bearer `.
    #[serde(skip_serializing_if = "Option::is_none")]
    prefix: Option<String>,
    /// What happens to a response that repeats it: the secret is blanked out,
    /// or the response is withheld.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(default, schema_with = "echo")]
    echo: Option<String>,
}

fn echo(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "enum": ["blank", "withhold"], "default": "blank" })
}

/// A node: a component and its grants. Nothing else is granted.
#[derive(JsonSchema, Serialize)]
#[schemars(deny_unknown_fields)]
pub(super) struct NodeTable {
    /// The component's `.wasm` file.
    component: String,
    /// The only component that is accepted.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = "^sha256:[0-9a-f]{64}$"))]
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
    /// Permits requests that one more rule for a host name would allow, and
    /// reports that rule.
    #[schemars(default)]
    observe: bool,
    /// Limits by name, such as `deadline = "10s"` and `memory = "64MiB"`.
    #[schemars(default, schema_with = "limits")]
    limits: BTreeMap<String, String>,
    /// Which failures are retried.
    #[serde(skip_serializing_if = "Option::is_none")]
    retry: Option<RetryTable>,
    /// Files with one golden case each, which a component has to pass before it
    /// may serve.
    #[schemars(default)]
    golden: Vec<String>,
    /// Keys, one of which has to have signed component and grants.
    #[schemars(default)]
    signed_by: Vec<SignedBy>,
    /// The signature file, with one signature per line.
    #[serde(skip_serializing_if = "Option::is_none")]
    signature: Option<String>,
    /// How a component starts to serve, if another one serves: alone (`all`);
    /// beside it, with its results compared and never returned (`shadow`); or
    /// with a share of the executions.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(default, schema_with = "rollout")]
    rollout: Option<String>,
    /// What happens after repeated faults.
    #[serde(skip_serializing_if = "Option::is_none")]
    protection: Option<ProtectionTable>,
}

/// `"all"`, `"shadow"`, or a share.
fn rollout(schemas: &mut SchemaGenerator) -> Schema {
    let canary = schemas.subschema_for::<CanaryTable>();
    json_schema!({ "anyOf": [{ "enum": ["all", "shadow"] }, canary] })
}

/// A trusted key: by itself, or with restrictions.
#[derive(JsonSchema, Serialize)]
#[serde(untagged)]
#[expect(dead_code, reason = "only its schema is used")]
enum SignedBy {
    Key(#[schemars(regex(pattern = "^ed25519:[0-9a-f]{64}$"))] String),
    Bounded(BoundedKey),
}

/// A trusted key with restrictions.
#[derive(JsonSchema, Serialize)]
#[schemars(deny_unknown_fields)]
pub(super) struct BoundedKey {
    /// `ed25519:` and 64 hexadecimal digits.
    #[schemars(regex(pattern = "^ed25519:[0-9a-f]{64}$"))]
    key: String,
    /// The lowest version that its signatures may name, such as `1.4.0`.
    #[serde(skip_serializing_if = "Option::is_none")]
    min_version: Option<String>,
    /// When it expires: a date or a time, as TOML has them or as text.
    #[serde(skip_serializing_if = "Option::is_none")]
    expires: Option<String>,
}

/// A share of the executions, until the revision is promoted or aborted.
#[derive(JsonSchema, Serialize)]
#[schemars(deny_unknown_fields)]
pub(super) struct CanaryTable {
    /// The share in percent.
    #[schemars(range(min = 1, max = 99))]
    canary: u32,
    /// The variable of the context that decides which executions the canary
    /// gets. Without one, the execution's id decides.
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<String>,
}

fn faults() -> u32 {
    Protection::default().faults
}

fn percent() -> u32 {
    Protection::default().percent
}

/// What happens after repeated faults: the node is rolled back, or quarantined.
#[derive(JsonSchema, Serialize)]
#[schemars(deny_unknown_fields)]
pub(super) struct ProtectionTable {
    /// The number of faults within the window.
    #[schemars(default = "faults", range(min = 1, max = 1000))]
    faults: u32,
    /// The lowest share of executions that end in a fault, in percent.
    #[schemars(default = "percent", range(min = 1, max = 100))]
    percent: u32,
    /// The window, such as `30s`, which is the default.
    #[serde(skip_serializing_if = "Option::is_none")]
    window: Option<String>,
    /// The time after a swap in which faults roll back, by default `10m`.
    #[serde(skip_serializing_if = "Option::is_none")]
    probation: Option<String>,
    /// How long a quarantined node waits at first, by default `10s`.
    #[serde(skip_serializing_if = "Option::is_none")]
    rest: Option<String>,
}

/// A value for each limit: a text with a unit, or a number.
fn limits(_: &mut SchemaGenerator) -> Schema {
    object(TABLE.iter().map(|limit| {
        let default = limit.unit.show(limit.default);
        let description = format!("{}; defaults to {default}", limit.summary);
        let amount = json!({ "type": ["string", "integer"], "description": description });
        (limit.name, amount)
    }))
}

/// The kinds of failure that may be retried.
fn repeatable(_: &mut SchemaGenerator) -> Schema {
    let may_be = |kind: &FailureKind| {
        let mut policy = RetryPolicy::default();
        policy.on.push(*kind);
        policy.check().is_ok()
    };
    let kinds: Vec<&str> = FailureKind::ALL
        .iter()
        .filter(|kind| may_be(kind))
        .map(|kind| kind.as_str())
        .collect();
    json_schema!({ "type": "array", "items": { "enum": kinds } })
}

fn attempts() -> u32 {
    RetryPolicy::default().attempts
}

/// Which failures of a node are retried, and how.
#[derive(JsonSchema, Serialize)]
#[schemars(deny_unknown_fields)]
pub(super) struct RetryTable {
    /// Kinds of failure, such as `rate-limited` and `unavailable`.
    #[schemars(schema_with = "repeatable")]
    on: Vec<String>,
    /// The most attempts, including the first.
    #[schemars(default = "attempts", range(min = 1, max = 10))]
    attempts: u32,
    /// The wait before the second attempt, such as `200ms`.
    #[serde(skip_serializing_if = "Option::is_none")]
    backoff: Option<String>,
    /// The longest wait.
    #[serde(skip_serializing_if = "Option::is_none")]
    backoff_cap: Option<String>,
}

/// A flow.
#[derive(JsonSchema, Serialize)]
#[schemars(deny_unknown_fields)]
pub(super) struct FlowTable {
    /// The flow's file.
    file: String,
}
