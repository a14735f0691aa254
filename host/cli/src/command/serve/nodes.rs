//! `GET /v1/nodes`: what serves, and what has served.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use hospes_deploy::SolutionState;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::app::Shared;
use super::auth::{Admin, Reader};
use super::document::{AdminErrors, CallerErrors, ErrorDocument, RevisionDocument};
use super::error::ApiError;
use super::executor::Failure;
use super::extract::Node;
use super::history::HistoryDocument;

/// Every node.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NodesDocument {
    pub(super) nodes: Vec<NodeDocument>,
}

/// A node and what of it serves.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NodeDocument {
    pub(super) name: String,
    #[schema(value_type = RevisionDocument)]
    pub(super) revision: hospes::outcome::RevisionId,
    /// `sha256:` and the hash of the policy in force.
    pub(super) policy: String,
    /// Executions that run on that revision, those that wait included.
    #[schema(minimum = 0)]
    pub(super) running: u64,
    /// Executions that wait for a place.
    #[schema(minimum = 0)]
    pub(super) waiting: u64,
    /// How long until a node that keeps breaking is tried again; null if it was
    /// not set aside.
    #[schema(minimum = 0, required)]
    pub(super) quarantined_ms: Option<u64>,
    /// The revision that takes part in serving, beside the other one.
    #[schema(required)]
    pub(super) trial: Option<TrialDocument>,
    /// Earlier revisions on which executions still run.
    pub(super) draining: Vec<DrainingDocument>,
    /// Executions since the server started.
    #[schema(minimum = 0)]
    pub(super) succeeded: u64,
    #[schema(minimum = 0)]
    pub(super) failed: u64,
    /// The last executions that did not succeed, newest first.
    pub(super) last_failures: Vec<Failure>,
    /// What the node says about itself: name, version, summary, wishes, schemas.
    #[schema(value_type = Object)]
    pub(super) description: hospes::description::Description,
}

impl NodeDocument {
    pub(super) fn of(
        status: hospes::swap::NodeStatus,
        succeeded: u64,
        failed: u64,
        last_failures: Vec<Failure>,
    ) -> NodeDocument {
        NodeDocument {
            name: status.node.to_string(),
            revision: (*status.revision).clone(),
            policy: status.policy,
            running: status.running,
            waiting: status.waiting,
            quarantined_ms: status.quarantined_ms,
            trial: status.trial.map(TrialDocument::of),
            draining: status
                .draining
                .into_iter()
                .map(DrainingDocument::of)
                .collect(),
            succeeded,
            failed,
            last_failures,
            description: status.description,
        }
    }
}

/// An earlier revision on which executions still run.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct DrainingDocument {
    #[schema(value_type = RevisionDocument)]
    revision: hospes::outcome::RevisionId,
    #[schema(minimum = 0)]
    running: u64,
}

impl DrainingDocument {
    pub(super) fn of(draining: hospes::swap::Draining) -> DrainingDocument {
        DrainingDocument {
            revision: (*draining.revision).clone(),
            running: draining.running,
        }
    }

    pub(super) fn running(&self) -> u64 {
        self.running
    }
}

/// A revision that takes part in serving.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct TrialDocument {
    #[schema(value_type = RevisionDocument)]
    revision: hospes::outcome::RevisionId,
    rollout: RolloutWord,
    /// The share of a canary.
    #[schema(minimum = 1, maximum = 99, required)]
    percent: Option<u32>,
    /// The variable of the context that decides who belongs to a canary.
    #[schema(required)]
    key: Option<String>,
    /// Executions that run on it.
    #[schema(minimum = 0)]
    running: u64,
    /// Executions on it that have ended.
    #[schema(minimum = 0)]
    executions: u64,
    /// How many of these it broke in, or had to be stopped.
    #[schema(minimum = 0)]
    faults: u64,
    /// Executions of a shadow that came to something else.
    #[schema(minimum = 0)]
    differing: u64,
    /// Executions that had no shadow, for lack of room.
    #[schema(minimum = 0)]
    skipped: u64,
}

/// How a revision serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum RolloutWord {
    /// Alone.
    All,
    /// A share of the executions.
    Canary,
    /// Its answers are compared and never given.
    Shadow,
}

impl RolloutWord {
    pub(super) fn of(rollout: &hospes::swap::Rollout) -> RolloutWord {
        match rollout {
            hospes::swap::Rollout::Canary { .. } => RolloutWord::Canary,
            hospes::swap::Rollout::Shadow => RolloutWord::Shadow,
            _ => RolloutWord::All,
        }
    }
}

impl TrialDocument {
    pub(super) fn running(&self) -> u64 {
        self.running
    }

    pub(super) fn of(trial: hospes::swap::TrialStatus) -> TrialDocument {
        let (percent, key) = match &trial.rollout {
            hospes::swap::Rollout::Canary { percent, key } => (Some(*percent), key.clone()),
            _ => (None, None),
        };
        TrialDocument {
            revision: (*trial.revision).clone(),
            rollout: RolloutWord::of(&trial.rollout),
            percent,
            key,
            running: trial.running,
            executions: trial.executions,
            faults: trial.faults,
            differing: trial.differing,
            skipped: trial.skipped,
        }
    }
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
pub(super) async fn list(reader: Reader, State(app): State<Shared>) -> Json<NodesDocument> {
    Json(NodesDocument {
        nodes: seen_by(&reader, &app),
    })
}

/// Every node. What executions are called is no affair of whoever watches them.
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
pub(super) async fn show(
    reader: Reader,
    State(app): State<Shared>,
    Node(node): Node,
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
pub(super) struct SolutionDocument {
    /// Whether everything that it says is in force.
    applied: bool,
    /// What is wrong with the file; null if it could be read and checked.
    #[schema(required)]
    file: Option<String>,
    /// Nodes that don't serve as the file says, by name, with the reasons. What
    /// the file takes from them is taken all the same.
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
pub(super) async fn solution(_: Admin, State(app): State<Shared>) -> Json<SolutionDocument> {
    Json(SolutionDocument::of(app.deployer.solution()))
}

/// What has served of a node.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct HistoriesDocument {
    /// Oldest first.
    history: Vec<HistoryDocument>,
}

/// Shows what has served of a node
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
pub(super) async fn history(
    _: Admin,
    State(app): State<Shared>,
    Node(node): Node,
) -> Result<Json<HistoriesDocument>, ApiError> {
    let history = app.deployer.history(&node)?.into_iter();
    let history = history.map(HistoryDocument::of).collect::<Result<_, _>>()?;
    Ok(Json(HistoriesDocument { history }))
}
