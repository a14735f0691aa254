//! Deciding about a canary or a shadow.

#![expect(
    unused_qualifications,
    reason = "what `utoipa::path` makes of the options' names"
)]

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use utoipa::IntoParams;

use super::revisions::{ChangeDocument, reason};
use crate::auth::Admin;
use crate::documents::{AdminErrors, ErrorDocument};
use crate::error::ApiError;
use crate::extract::path::{NodeName, Options};
use crate::pool::Work;
use crate::state::Shared;

/// The reason.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct TrialOptions {
    /// Why, for the history: at most 500 characters.
    #[param(max_length = 500, pattern = r"^[^\x00-\x1f\x7f-\x9f]*$")]
    why: Option<String>,
}

/// Promotes a canary or shadow
///
/// It then serves alone, and keeps its generation.
#[utoipa::path(
    post,
    path = "/v1/nodes/{node}/promote",
    tag = "admin",
    security(("token" = [])),
    params(("node" = String, Path, description = "The node's name"), TrialOptions),
    responses(
        (status = 200, description = "It serves alone", body = ChangeDocument),
        (status = 404, description = "`unknown-node`", body = ErrorDocument),
        (status = 409, description = "`no-trial`", body = ErrorDocument),
        AdminErrors,
    ),
)]
pub(crate) async fn promote(
    _: Admin,
    State(app): State<Shared>,
    NodeName(node): NodeName,
    Options(options): Options<TrialOptions>,
) -> Result<Json<ChangeDocument>, ApiError> {
    let why = reason(options.why)?;
    let name = node.clone();
    let deployed = app
        .change(Work::Change, move |deployer| deployer.promote(&name, &why))
        .await?;
    Ok(Json(ChangeDocument::of(node, deployed)))
}

/// Aborts a canary or shadow
///
/// The response has the revision that serves alone again, and in `previous` the
/// one that was aborted.
#[utoipa::path(
    post,
    path = "/v1/nodes/{node}/abort",
    tag = "admin",
    security(("token" = [])),
    params(("node" = String, Path, description = "The node's name"), TrialOptions),
    responses(
        (status = 200, description = "It is aborted", body = ChangeDocument),
        (status = 404, description = "`unknown-node`", body = ErrorDocument),
        (status = 409, description = "`no-trial`", body = ErrorDocument),
        AdminErrors,
    ),
)]
pub(crate) async fn abort(
    _: Admin,
    State(app): State<Shared>,
    NodeName(node): NodeName,
    Options(options): Options<TrialOptions>,
) -> Result<Json<ChangeDocument>, ApiError> {
    let why = reason(options.why)?;
    let name = node.clone();
    let deployed = app
        .change(Work::Change, move |deployer| deployer.abort(&name, &why))
        .await?;
    Ok(Json(ChangeDocument::of(node, deployed)))
}
