//! Approving what somebody else uploads or takes back.

use axum::Json;
use axum::extract::State;
use hospes_deploy::PendingApproval;
use serde::Serialize;
use utoipa::ToSchema;

use crate::auth::{Approver, Overseer};
use crate::documents::{AdminErrors, ErrorDocument};
use crate::error::ApiError;
use crate::extract::path::{Node, NodeAndId};
use crate::state::Shared;

/// A change that has to be approved.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ApprovalDocument {
    /// Stands for this very change: the component, its grants, the revision that serves, and what has to be approved.
    #[schema(pattern = "^[0-9a-f]{64}$")]
    id: String,
    node: String,
    /// What is to serve: a component's digest, or a generation.
    subject: String,
    /// The revision that serves, in whose place it would come.
    #[schema(minimum = 0)]
    serving: u64,
    /// What has to be approved, in lines for people.
    lines: Vec<String>,
    /// When it was asked for last, or approved; it is forgotten an hour later.
    asked: String,
    /// Whether it is approved: then the same change passes once.
    approved: bool,
}

impl ApprovalDocument {
    fn of(pending: PendingApproval) -> ApprovalDocument {
        ApprovalDocument {
            id: pending.id,
            node: pending.node,
            subject: pending.subject,
            serving: pending.serving,
            lines: pending.lines,
            asked: pending.asked.to_string(),
            approved: pending.approved,
        }
    }
}

/// What of a node has to be approved.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ApprovalsDocument {
    approvals: Vec<ApprovalDocument>,
}

/// Shows which changes of a node wait to be approved
///
/// Each was refused with `needs-approval` in the last hour. A server without
/// `--approve-token` has none: there, `approve=true` approves.
#[utoipa::path(
    get,
    path = "/v1/nodes/{node}/approvals",
    tag = "admin",
    security(("token" = [])),
    params(("node" = String, Path, description = "The node's name")),
    responses(
        (status = 200, description = "The changes, the oldest first", body = ApprovalsDocument),
        (status = 404, description = "`unknown-node`", body = ErrorDocument),
        AdminErrors,
    ),
)]
pub(crate) async fn held(
    _: Overseer,
    State(app): State<Shared>,
    Node(node): Node,
) -> Result<Json<ApprovalsDocument>, ApiError> {
    let approvals = app.deployer.pending(&node)?.into_iter();
    let approvals = approvals.map(ApprovalDocument::of).collect();
    Ok(Json(ApprovalsDocument { approvals }))
}

/// Approves a change
///
/// Needs the token of `--approve-token`. The same upload or rollback, repeated
/// within the hour, then passes once.
#[utoipa::path(
    post,
    path = "/v1/nodes/{node}/approvals/{id}",
    tag = "admin",
    security(("token" = [])),
    params(("node" = String, Path, description = "The node's name"), ("id" = String, Path, description = "`approval` of the error `needs-approval`")),
    responses(
        (status = 200, description = "It is approved", body = ApprovalDocument),
        (status = 404, description = "`unknown-node`, `unknown-approval`", body = ErrorDocument),
        AdminErrors,
    ),
)]
pub(crate) async fn approve(
    _: Approver,
    State(app): State<Shared>,
    NodeAndId(node, id): NodeAndId,
) -> Result<Json<ApprovalDocument>, ApiError> {
    let approved = app.deployer.approve(&node, &id)?;
    tracing::info!(target: "hospes::approval", node, id, "a change is approved");
    Ok(Json(ApprovalDocument::of(approved)))
}
