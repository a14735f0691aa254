//! `/healthz` and `/readyz`, for monitoring.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use crate::documents::ErrorDocument;
use crate::error::{ApiError, SHUTTING_DOWN};
use crate::state::Shared;

/// The server's health.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct HealthDocument {
    status: &'static str,
}

/// Whether the server is ready.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReadyDocument {
    status: &'static str,
    /// Whether the solution file is fully in force. If not, `/v1/solution` says
    /// why.
    solution_applied: bool,
}

/// Whether the process responds
#[utoipa::path(
    get,
    path = "/healthz",
    tag = "server",
    responses((status = 200, description = "It does", body = HealthDocument)),
)]
pub(crate) async fn healthz() -> Json<HealthDocument> {
    Json(HealthDocument { status: "ok" })
}

/// Whether to send executions here
///
/// The server is ready even if a changed solution file could not be applied:
/// what serves has no more than both the old and the new file allow, and
/// another server with the same file would do no better.
#[utoipa::path(
    get,
    path = "/readyz",
    tag = "server",
    responses(
        (status = 200, description = "Every node is loaded", body = ReadyDocument),
        (status = 503, description = "`shutting-down`", body = ErrorDocument),
    ),
)]
pub(crate) async fn readyz(State(app): State<Shared>) -> Result<Json<ReadyDocument>, ApiError> {
    if app.stop.is_cancelled() {
        return Err(ApiError::new(&SHUTTING_DOWN, "the server is shutting down"));
    }
    Ok(Json(ReadyDocument {
        status: "ready",
        solution_applied: app.deployer.is_applied(),
    }))
}
