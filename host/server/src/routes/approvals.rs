//! Approving what someone else uploads or rolls back.

use axum::Json;
use axum::extract::State;
use hospes_deploy::PendingApproval;
use serde::Serialize;
use utoipa::ToSchema;

use crate::auth::{Approver, Overseer};
use crate::documents::{AdminErrors, ErrorDocument};
use crate::error::ApiError;
use crate::extract::path::{NodeAndId, NodeName};
use crate::state::Shared;

/// A change that needs approval.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ApprovalDocument {
    /// Identifies exactly this change: the component, its grants, the revision that serves, and what needs approval.
    #[schema(pattern = "^[0-9a-f]{64}$")]
    id: String,
    node: String,
    /// What would serve: a component's digest, or a generation.
    subject: String,
    /// The revision that serves and would be replaced.
    #[schema(minimum = 0)]
    serving: u64,
    /// What needs approval, in lines for people.
    lines: Vec<String>,
    /// When it was last requested or approved. It is forgotten an hour later.
    asked: String,
    /// Whether it is approved. Then the same change passes once.
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

/// The changes of a node that wait for approval.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ApprovalsDocument {
    approvals: Vec<ApprovalDocument>,
}

/// Shows the changes of a node that wait for approval
///
/// Each was refused with `needs-approval` in the last hour. A server without an
/// approver has none: there, `approve=true` approves.
#[utoipa::path(
    get,
    path = "/v1/nodes/{node}/approvals",
    tag = "admin",
    security(("token" = [])),
    params(("node" = String, Path, description = "The node's name")),
    responses(
        (status = 200, description = "The changes, oldest first", body = ApprovalsDocument),
        (status = 404, description = "`unknown-node`", body = ErrorDocument),
        AdminErrors,
    ),
)]
pub(crate) async fn held(
    _: Overseer,
    State(app): State<Shared>,
    NodeName(node): NodeName,
) -> Result<Json<ApprovalsDocument>, ApiError> {
    let approvals = app.deployer.pending(&node)?.into_iter();
    let approvals = approvals.map(ApprovalDocument::of).collect();
    Ok(Json(ApprovalsDocument { approvals }))
}

/// Approves a change
///
/// Needs the approver's token. The same upload or rollback, repeated within the
/// hour, then passes once.
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
