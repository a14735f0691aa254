//! A node as the API shows it.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::library::RevisionDocument;

/// A node and the revision that serves.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NodeDocument {
    pub(crate) name: String,
    #[schema(value_type = RevisionDocument)]
    pub(crate) revision: hospes::outcome::RevisionId,
    /// `sha256:` and the hash of the policy in force.
    pub(crate) policy: String,
    /// Executions that run on that revision or wait.
    #[schema(minimum = 0)]
    pub(crate) running: u64,
    /// Executions that wait for a permit.
    #[schema(minimum = 0)]
    pub(crate) waiting: u64,
    /// How long until a quarantined node is tried again; null if it is not
    /// quarantined.
    #[schema(minimum = 0, required)]
    pub(crate) quarantined_ms: Option<u64>,
    /// The canary or shadow, if there is one.
    #[schema(required)]
    pub(crate) trial: Option<TrialDocument>,
    /// Earlier revisions on which executions still run.
    pub(crate) draining: Vec<DrainingDocument>,
    /// Executions since the server started.
    #[schema(minimum = 0)]
    pub(crate) succeeded: u64,
    #[schema(minimum = 0)]
    pub(crate) failed: u64,
    /// The last executions that did not succeed, newest first.
    pub(crate) last_failures: Vec<Failure>,
    /// The node's description of itself: name, version, summary, requests,
    /// schemas.
    #[schema(value_type = Object)]
    pub(crate) description: hospes::description::Description,
}

impl NodeDocument {
    pub(crate) fn of(
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
pub(crate) struct DrainingDocument {
    #[schema(value_type = RevisionDocument)]
    revision: hospes::outcome::RevisionId,
    #[schema(minimum = 0)]
    running: u64,
}

impl DrainingDocument {
    pub(crate) fn of(draining: hospes::swap::Draining) -> DrainingDocument {
        DrainingDocument {
            revision: (*draining.revision).clone(),
            running: draining.running,
        }
    }

    pub(crate) fn running(&self) -> u64 {
        self.running
    }
}

/// A canary or a shadow.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TrialDocument {
    #[schema(value_type = RevisionDocument)]
    revision: hospes::outcome::RevisionId,
    rollout: RolloutWord,
    /// The share of a canary.
    #[schema(minimum = 1, maximum = 99, required)]
    percent: Option<u32>,
    /// The variable of the context that decides which executions the canary
    /// gets.
    #[schema(required)]
    key: Option<String>,
    /// Executions that run on it.
    #[schema(minimum = 0)]
    running: u64,
    /// Executions on it that have ended.
    #[schema(minimum = 0)]
    executions: u64,
    /// How many of these ended in a fault.
    #[schema(minimum = 0)]
    faults: u64,
    /// Executions of a shadow whose outcome was different.
    #[schema(minimum = 0)]
    differing: u64,
    /// Executions that had no shadow for lack of resources.
    #[schema(minimum = 0)]
    skipped: u64,
}

/// How a revision serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum RolloutWord {
    /// Alone.
    All,
    /// A share of the executions.
    Canary,
    /// Its results are compared and never returned.
    Shadow,
}

impl RolloutWord {
    pub(crate) fn of(rollout: &hospes::swap::Rollout) -> RolloutWord {
        match rollout {
            hospes::swap::Rollout::Canary { .. } => RolloutWord::Canary,
            hospes::swap::Rollout::Shadow => RolloutWord::Shadow,
            _ => RolloutWord::All,
        }
    }
}

impl TrialDocument {
    pub(crate) fn running(&self) -> u64 {
        self.running
    }

    pub(crate) fn of(trial: hospes::swap::TrialStatus) -> TrialDocument {
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

/// An execution that did not succeed, without its message, which may contain
/// parts of the payload.
#[derive(Clone, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Failure {
    /// When it ended.
    pub(crate) at: String,
    pub(crate) execution_id: String,
    #[schema(minimum = 0)]
    pub(crate) generation: u64,
    /// One word, such as `rate-limited` or `deadline`.
    pub(crate) kind: &'static str,
}
