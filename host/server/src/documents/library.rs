//! The documents of the API that the library writes, described for OpenAPI. A
//! test validates the server's responses against them.

#![expect(dead_code, reason = "they describe; nothing makes one")]

use std::collections::BTreeMap;

use serde_json::Value;
use utoipa::{IntoResponses, ToSchema};

/// The outcome of an execution. Exactly one of `result` and `failure` is
/// present.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct OutcomeDocument {
    /// Only if the status is an error.
    error: Option<ErrorBody>,
    route: Route,
    /// What the node returned, if it succeeded.
    #[schema(required = false)]
    result: Option<Value>,
    failure: Option<FailureDocument>,
    node: String,
    revision: RevisionDocument,
    /// The same for every attempt.
    execution_id: String,
    /// How often the node was called.
    #[schema(minimum = 0)]
    attempts: u32,
    usage: UsageDocument,
    /// What the node logged, in order.
    logs: Vec<LogDocument>,
}

/// The edge that a flow takes.
#[derive(ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Route {
    Success,
    Failure,
}

/// Why a node did not succeed.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct FailureDocument {
    /// One word, such as `rate-limited` or `deadline`.
    kind: String,
    message: String,
    /// How long to wait before the next attempt.
    #[schema(minimum = 0)]
    retry_after_ms: Option<u64>,
    #[schema(required = false)]
    details: Option<Value>,
    source: Source,
}

/// Who reports it.
#[derive(ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Source {
    Node,
    Host,
}

/// The revision that ran, or that serves.
#[derive(ToSchema)]
#[schema(as = Revision)]
#[serde(deny_unknown_fields)]
pub(crate) struct RevisionDocument {
    /// `sha256:` and 64 hexadecimal digits.
    digest: String,
    /// Rises with every revision of the server.
    #[schema(minimum = 0)]
    generation: u64,
    /// The version in the component's description.
    version: String,
}

/// What an execution used, all attempts together.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct UsageDocument {
    #[schema(minimum = 0)]
    wall_us: u64,
    #[schema(minimum = 0)]
    cpu_us: u64,
    #[schema(minimum = 0)]
    memory_peak_bytes: u64,
    #[schema(minimum = 0)]
    http_requests: u64,
    #[schema(minimum = 0)]
    http_bytes_in: u64,
    #[schema(minimum = 0)]
    http_bytes_out: u64,
}

/// One log record of a node.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LogDocument {
    level: Level,
    message: String,
    fields: BTreeMap<String, String>,
}

/// The severity of a log record.
#[derive(ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Level {
    Trace,
    Debug,
    Info,
    Warn,
    Error,
}

/// Why the server did not do what was asked.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ErrorDocument {
    error: ErrorBody,
}

/// Errors that every route for operators may return.
#[derive(IntoResponses)]
pub(crate) enum AdminErrors {
    /// `invalid-request`
    #[response(status = 400)]
    Invalid(ErrorDocument),
    /// `unauthorized`
    #[response(status = 401)]
    Unauthorized(ErrorDocument),
    /// `admin-off`, `forbidden`
    #[response(status = 403)]
    Off(ErrorDocument),
    /// `too-many-requests`: try again after `Retry-After`
    #[response(status = 429)]
    TooMany(ErrorDocument),
    /// `internal`
    #[response(status = 500)]
    Internal(ErrorDocument),
}

/// Errors that every route for callers may return.
#[derive(IntoResponses)]
pub(crate) enum CallerErrors {
    /// `unauthorized`
    #[response(status = 401)]
    Unauthorized(ErrorDocument),
    /// `forbidden`
    #[response(status = 403)]
    Forbidden(ErrorDocument),
    /// `too-many-requests`: try again after `Retry-After`
    #[response(status = 429)]
    TooMany(ErrorDocument),
}

/// `code` is for programs, `message` for people; some codes have more keys.
#[derive(ToSchema)]
pub(crate) struct ErrorBody {
    code: String,
    message: String,
}

/// What the policy decides about a request.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ExplanationDocument {
    verdict: Verdict,
    /// One stable word: `rule`, or why no rule allows it.
    reason: String,
    /// The rule that matched.
    #[schema(required)]
    rule: Option<String>,
    message: String,
}

/// Whether the request would be sent.
#[derive(ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Verdict {
    Allow,
    Deny,
}
