//! `GET /metrics`, for Prometheus.

use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};

use crate::auth::Reader;
use crate::documents::CallerErrors;
use crate::error::{ApiError, INTERNAL};
use crate::state::Shared;

/// Metrics for Prometheus
#[utoipa::path(
    get,
    path = "/metrics",
    tag = "server",
    security((), ("token" = [])),
    responses(
        (status = 200, description = "OpenMetrics text", body = String, content_type = "application/openmetrics-text"),
        CallerErrors,
    ),
)]
pub(crate) async fn metrics(_: Reader, State(app): State<Shared>) -> Result<Response, ApiError> {
    app.metrics.solution_applied(app.deployer.is_applied());
    let text = app.metrics.text(&app.executor.list());
    let text = text.map_err(|error| ApiError::new(&INTERNAL, error.to_string()))?;
    let openmetrics = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    Ok(([(CONTENT_TYPE, openmetrics)], text).into_response())
}
