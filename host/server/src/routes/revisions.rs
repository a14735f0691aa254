//! Changing a node: upload, roll back, drain, remove.

#![expect(
    unused_qualifications,
    reason = "what `utoipa::path` makes of the options' names"
)]

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use hospes::signature::{Signature, SignatureError};
use hospes::swap::{Approval, Rollout};
use hospes_deploy::{Deployed, UploadOptions};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::auth::Admin;
use crate::documents::node::RolloutWord;
use crate::documents::{AdminErrors, ErrorDocument, RevisionDocument};
use crate::error::{ApiError, FORBIDDEN, INVALID_REQUEST};
use crate::extract::body::{self, Sent};
use crate::extract::path::{NodeName, Options};
use crate::pool::Work;
use crate::state::Shared;

/// What was published.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChangeDocument {
    node: String,
    #[schema(value_type = RevisionDocument)]
    revision: hospes::outcome::RevisionId,
    /// What served before, or what serves besides a canary or shadow.
    #[schema(value_type = Option<RevisionDocument>, required)]
    previous: Option<hospes::outcome::RevisionId>,
    /// How it serves now.
    rollout: RolloutWord,
    /// What is different: imports, requests, rules, secrets, params, limits.
    #[schema(value_type = Object)]
    changes: hospes::swap::Changes,
    /// The same in lines for people.
    summary: Vec<String>,
}

impl ChangeDocument {
    pub(crate) fn of(node: String, deployed: Deployed) -> ChangeDocument {
        ChangeDocument {
            node,
            revision: (*deployed.revision).clone(),
            previous: deployed.previous.map(|id| (*id).clone()),
            rollout: RolloutWord::of(&deployed.rollout),
            summary: deployed
                .changes
                .to_string()
                .lines()
                .map(str::to_owned)
                .collect(),
            changes: deployed.changes,
        }
    }
}

/// How to publish an upload.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct UploadQuery {
    /// Whether the component may have more grants than the one that serves, or break its callers. Defaults to
    /// false.
    approve: Option<bool>,
    /// Why, for the history: at most 500 characters.
    #[param(max_length = 500, pattern = r"^[^\x00-\x1f\x7f-\x9f]*$")]
    why: Option<String>,
    /// How it starts to serve. Defaults to what the solution file says.
    #[param(inline)]
    rollout: Option<RolloutWord>,
    /// The share of a canary.
    #[param(minimum = 1, maximum = 99)]
    percent: Option<u32>,
    /// The variable of the context that decides which executions the canary gets. Defaults to none: then the
    /// execution's id decides.
    key: Option<String>,
}

impl UploadQuery {
    fn rollout(&self) -> Result<Option<Rollout>, ApiError> {
        let wrong = |message| Err(ApiError::new(&INVALID_REQUEST, message));
        match (self.rollout, self.percent) {
            (Some(RolloutWord::Canary), Some(percent @ 1..=99)) => Ok(Some(Rollout::Canary {
                percent,
                key: self.key.clone(),
            })),
            (Some(RolloutWord::Canary), _) => wrong("percent: a canary has a share from 1 to 99"),
            (_, Some(_)) => wrong("percent: only a canary has a share"),
            _ if self.key.is_some() => wrong("key: only a canary has one"),
            (Some(RolloutWord::Shadow), None) => Ok(Some(Rollout::Shadow)),
            (Some(RolloutWord::All), None) => Ok(Some(Rollout::All)),
            (None, None) => Ok(None),
        }
    }
}

/// What to roll back to.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct RollbackOptions {
    /// A generation of the history. Defaults to the previous one.
    #[param(minimum = 0, maximum = 9007199254740991_i64)]
    to: Option<u64>,
    /// Whether it may have more grants than the one that serves. Defaults to
    /// false.
    approve: Option<bool>,
    /// Why, for the history: at most 500 characters.
    #[param(max_length = 500, pattern = r"^[^\x00-\x1f\x7f-\x9f]*$")]
    why: Option<String>,
}

/// How long to wait for running executions.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct DrainOptions {
    /// After this many milliseconds, executions that still run are ended. Defaults
    /// to 30000; at most an hour.
    #[param(minimum = 0, maximum = 3_600_000)]
    deadline_ms: Option<u64>,
    /// Why, for the history: at most 500 characters.
    #[param(max_length = 500, pattern = r"^[^\x00-\x1f\x7f-\x9f]*$")]
    why: Option<String>,
}

/// The result of draining.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DrainDocument {
    /// Executions that ran on old revisions at the start.
    #[schema(minimum = 0)]
    running: u64,
    /// How many of them the deadline ended.
    #[schema(minimum = 0)]
    cancelled: u64,
    /// How many of these have not ended yet.
    #[schema(minimum = 0)]
    stuck: u64,
}

/// Uploads a component and publishes it
///
/// The component is checked completely first; if it has a fault, the current
/// revision goes on serving. It gets what the solution file grants the node. One
/// that has more than the current revision (a capability, a wider grant), or
/// breaks its callers (another name in the description, a payload schema that
/// refuses what the current one takes, a result that a flow can't read), needs
/// approval: it is refused unless `approve` is true, and the error says what to
/// approve. On a server with an approver, it needs the approver's token instead.
///
/// A canary or shadow serves beside the current revision until it is promoted or
/// aborted.
#[utoipa::path(
    put,
    path = "/v1/nodes/{node}/component",
    tag = "admin",
    security(("token" = [])),
    params(("node" = String, Path, description = "The node's name"), UploadQuery,
        ("hospes-signature" = Option<String>, Header, description = "A line that `hospes sign` printed, in place of the signature file that the solution names")),
    request_body(content_type = "application/wasm", description = "At most the node's limit `component`"),
    responses(
        (status = 200, description = "It serves, and is stored if the server has a store", body = ChangeDocument),
        (status = 404, description = "`unknown-node`: the solution file has none of that name", body = ErrorDocument),
        (status = 408, description = "`body-too-slow`", body = ErrorDocument),
        (status = 409, description = "`needs-approval`, with `changes`; `superseded`", body = ErrorDocument),
        (status = 413, description = "`body-too-large`", body = ErrorDocument),
        (status = 415, description = "`wrong-content-type`", body = ErrorDocument),
        (status = 422, description = "`component-refused`, `not-granted`", body = ErrorDocument),
        (status = 503, description = "`overloaded`: try again after `Retry-After`", body = ErrorDocument),
        AdminErrors,
    ),
)]
pub(crate) async fn upload(
    _: Admin,
    State(app): State<Shared>,
    NodeName(node): NodeName,
    Options(options): Options<UploadQuery>,
    headers: HeaderMap,
    body: Sent,
) -> Result<Json<ChangeDocument>, ApiError> {
    let mut wanted = UploadOptions::default();
    wanted.rollout = options.rollout()?;
    wanted.signature = signature(&headers)?;
    wanted.why = reason(options.why)?;
    wanted.approval = approval(&app, options.approve)?;
    let limit = app.deployer.upload_limit(&node)?;
    body::expect_type(&headers, "application/wasm")?;
    let component = body::read(&headers, body, limit).await?;
    let name = node.clone();
    let deployed = app
        .change(Work::Load, move |deployer| {
            deployer.upload(&name, &component, wanted)
        })
        .await?;
    Ok(Json(ChangeDocument::of(node, deployed)))
}

/// Rolls back to an earlier revision
///
/// It comes back with the policy, limits and secrets it had, as a new generation. If
/// that is more than the current revision has (a rule, a secret or its value, a
/// limit), it needs approval: it is refused unless `approve` is true. It needs a
/// signature if the node requires one now.
#[utoipa::path(
    post,
    path = "/v1/nodes/{node}/rollback",
    tag = "admin",
    security(("token" = [])),
    params(("node" = String, Path, description = "The node's name"), RollbackOptions),
    responses(
        (status = 200, description = "It serves", body = ChangeDocument),
        (status = 404, description = "`unknown-node`, `unknown-generation`", body = ErrorDocument),
        (status = 409, description = "`needs-approval`, with `changes`; `superseded`", body = ErrorDocument),
        (status = 422, description = "`component-refused`, `not-granted`", body = ErrorDocument),
        AdminErrors,
    ),
)]
pub(crate) async fn rollback(
    _: Admin,
    State(app): State<Shared>,
    NodeName(node): NodeName,
    Options(options): Options<RollbackOptions>,
) -> Result<Json<ChangeDocument>, ApiError> {
    let why = reason(options.why)?;
    let approval = approval(&app, options.approve)?;
    let name = node.clone();
    let deployed = app
        .change(Work::Change, move |deployer| {
            deployer.roll_back(&name, options.to, approval, &why)
        })
        .await?;
    Ok(Json(ChangeDocument::of(node, deployed)))
}

/// Waits until nothing runs on old revisions
///
/// Executions that still run at the deadline are ended; their outcome is
/// `cancelled`.
#[utoipa::path(
    post,
    path = "/v1/nodes/{node}/drain",
    tag = "admin",
    security(("token" = [])),
    params(("node" = String, Path, description = "The node's name"), DrainOptions),
    responses(
        (status = 200, description = "Nothing runs on old revisions", body = DrainDocument),
        (status = 404, description = "`unknown-node`", body = ErrorDocument),
        AdminErrors,
    ),
)]
pub(crate) async fn drain(
    _: Admin,
    State(app): State<Shared>,
    NodeName(node): NodeName,
    Options(options): Options<DrainOptions>,
) -> Result<Json<DrainDocument>, ApiError> {
    reason(options.why)?;
    let report = app
        .deployer
        .drain(&node, deadline(options.deadline_ms)?)
        .await?;
    Ok(Json(DrainDocument::of(&report)))
}

/// Removes a node
///
/// No new executions start; those that run have until the deadline. A restarted
/// server leaves the node out too, until its part of the solution file changes.
/// An upload brings it back.
#[utoipa::path(
    delete,
    path = "/v1/nodes/{node}",
    tag = "admin",
    security(("token" = [])),
    params(("node" = String, Path, description = "The node's name"), DrainOptions),
    responses(
        (status = 200, description = "It is removed", body = DrainDocument),
        (status = 404, description = "`unknown-node`", body = ErrorDocument),
        AdminErrors,
    ),
)]
pub(crate) async fn remove(
    _: Admin,
    State(app): State<Shared>,
    NodeName(node): NodeName,
    Options(options): Options<DrainOptions>,
) -> Result<Json<DrainDocument>, ApiError> {
    let deadline = deadline(options.deadline_ms)?;
    let why = reason(options.why)?;
    let drain = app.change(Work::Change, move |deployer| deployer.remove(&node, &why));
    let report = drain.await?.within(deadline).await;
    Ok(Json(DrainDocument::of(&report)))
}

impl DrainDocument {
    fn of(report: &hospes::swap::DrainReport) -> DrainDocument {
        DrainDocument {
            running: report.running,
            cancelled: report.cancelled,
            stuck: report.stuck,
        }
    }
}

/// Whether a change is approved in advance. With an approver, it never is.
fn approval(app: &Shared, approve: Option<bool>) -> Result<Approval, ApiError> {
    match approve {
        Some(true) if app.auth.has_approver() => Err(ApiError::new(
            &FORBIDDEN,
            "this server has an approver: leave `approve` out, and have the change approved with the approver's token",
        )),
        Some(true) => Ok(Approval::Wider),
        _ => Ok(Approval::Same),
    }
}

pub(crate) fn reason(why: Option<String>) -> Result<String, ApiError> {
    let why = why.unwrap_or_default();
    if why.chars().count() > 500 || why.chars().any(char::is_control) {
        return Err(ApiError::new(
            &INVALID_REQUEST,
            "why: at most 500 characters on one line",
        ));
    }
    Ok(why)
}

/// The signature in the header, if there is one.
fn signature(headers: &HeaderMap) -> Result<Option<Signature>, ApiError> {
    let Some(header) = headers.get("hospes-signature") else {
        return Ok(None);
    };
    let text = header.to_str().unwrap_or_default();
    let wrong = |error: SignatureError| {
        ApiError::new(&INVALID_REQUEST, format!("hospes-signature: {error}"))
    };
    text.parse().map(Some).map_err(wrong)
}

fn deadline(millis: Option<u64>) -> Result<Duration, ApiError> {
    match millis.unwrap_or(30_000) {
        millis @ 0..=3_600_000 => Ok(Duration::from_millis(millis)),
        _ => Err(ApiError::new(
            &INVALID_REQUEST,
            "deadline_ms: at most an hour, 3600000",
        )),
    }
}
