//! `GET /v1/nodes`: the nodes, what serves and what has served.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use hospes_deploy::SolutionState;
use serde::Serialize;
use utoipa::ToSchema;

use crate::auth::{Admin, Reader};
use crate::documents::history::HistoryDocument;
use crate::documents::node::NodeDocument;
use crate::documents::{AdminErrors, CallerErrors, ErrorDocument};
use crate::error::ApiError;
use crate::extract::path::NodeName;
use crate::state::Shared;

/// Every node.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NodesDocument {
    pub(crate) nodes: Vec<NodeDocument>,
}

/// Lists the nodes
#[utoipa::path(
    get,
    path = "/v1/nodes",
    tag = "nodes",
    security((), ("token" = [])),
    responses(
        (status = 200, description = "Every node, by name", body = NodesDocument),
        CallerErrors,
    ),
)]
pub(crate) async fn list(reader: Reader, State(app): State<Shared>) -> Json<NodesDocument> {
    Json(NodesDocument {
        nodes: seen_by(&reader, &app),
    })
}

/// Every node. Monitoring sees no ids of executions.
fn seen_by(reader: &Reader, app: &Shared) -> Vec<NodeDocument> {
    let mut nodes = app.executor.list();
    if !reader.sees_ids {
        nodes.iter_mut().for_each(|node| node.last_failures.clear());
    }
    nodes
}

/// Shows a node
#[utoipa::path(
    get,
    path = "/v1/nodes/{node}",
    tag = "nodes",
    security((), ("token" = [])),
    params(("node" = String, Path, description = "The node's name")),
    responses(
        (status = 200, description = "The node", body = NodeDocument),
        CallerErrors,
        (status = 404, description = "`unknown-node`", body = ErrorDocument),
    ),
)]
pub(crate) async fn show(
    reader: Reader,
    State(app): State<Shared>,
    NodeName(node): NodeName,
) -> Result<Json<NodeDocument>, ApiError> {
    let nodes = seen_by(&reader, &app);
    let found = nodes.into_iter().find(|found| found.name == node);
    found
        .map(Json)
        .ok_or_else(|| app.deployer.unknown(&node).into())
}

/// Whether the solution file is applied
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SolutionDocument {
    /// Whether the file is fully in force.
    applied: bool,
    /// The file's faults; null if it has none.
    #[schema(required)]
    file: Option<String>,
    /// Nodes that don't serve as the file says, by name, with the reasons.
    /// Grants that the file no longer has are revoked all the same.
    nodes: BTreeMap<String, String>,
}

impl SolutionDocument {
    fn of(state: SolutionState) -> SolutionDocument {
        SolutionDocument {
            applied: state.is_applied(),
            file: state.file,
            nodes: state.nodes,
        }
    }
}

/// Shows whether the solution file is applied
#[utoipa::path(
    get,
    path = "/v1/solution",
    tag = "admin",
    security(("token" = [])),
    responses(
        (status = 200, description = "Whether it is, and if not, why", body = SolutionDocument),
        AdminErrors,
    ),
)]
pub(crate) async fn solution(_: Admin, State(app): State<Shared>) -> Json<SolutionDocument> {
    Json(SolutionDocument::of(app.deployer.solution()))
}

/// The revisions of a node that have served.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct HistoriesDocument {
    /// Oldest first.
    history: Vec<HistoryDocument>,
}

/// Shows a node's history
#[utoipa::path(
    get,
    path = "/v1/nodes/{node}/history",
    tag = "admin",
    security(("token" = [])),
    params(("node" = String, Path, description = "The node's name")),
    responses(
        (status = 200, description = "Its history", body = HistoriesDocument),
        (status = 404, description = "`unknown-node`", body = ErrorDocument),
        AdminErrors,
    ),
)]
pub(crate) async fn history(
    _: Admin,
    State(app): State<Shared>,
    NodeName(node): NodeName,
) -> Result<Json<HistoriesDocument>, ApiError> {
    let history = app.deployer.history(&node)?.into_iter();
    let history = history.map(HistoryDocument::of).collect::<Result<_, _>>()?;
    Ok(Json(HistoriesDocument { history }))
}
