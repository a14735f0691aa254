//! The state of nodes.

use std::sync::Arc;

use serde::Serialize;

use crate::description::Description;
use crate::outcome::RevisionId;
use crate::swap::{TrialStatus, shared};

/// The current state of one node.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct NodeStatus {
    /// Its name.
    #[serde(serialize_with = "shared")]
    pub node: Arc<str>,
    /// The revision that serves.
    #[serde(serialize_with = "shared")]
    pub revision: Arc<RevisionId>,
    /// The description of that revision.
    pub description: Description,
    /// `sha256:` and the SHA-256 of the policy in force.
    pub policy: String,
    /// Executions that run on the serving revision, including those that wait
    /// for a permit.
    pub running: u64,
    /// Executions on the serving revision that have ended since it began to
    /// serve.
    pub executions: u64,
    /// How many of these broke or had to be stopped.
    pub faults: u64,
    /// Milliseconds until a node that keeps breaking is tried again; `None` if
    /// it is not quarantined.
    pub quarantined_ms: Option<u64>,
    /// Executions that wait for a permit, on any revision.
    pub waiting: u64,
    /// The revision that takes part in serving, if there is one.
    pub trial: Option<TrialStatus>,
    /// Earlier revisions on which executions still run.
    pub draining: Vec<Draining>,
}

/// An earlier revision on which executions still run.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Draining {
    /// The revision.
    #[serde(serialize_with = "shared")]
    pub revision: Arc<RevisionId>,
    /// How many executions.
    pub running: u64,
}

/// The result of draining a node.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct DrainReport {
    /// Executions that ran on old revisions when draining began.
    pub running: u64,
    /// How many of them were cancelled at the deadline; their outcome is
    /// `cancelled`.
    pub cancelled: u64,
    /// How many of these could not be ended, because they are inside a blocking
    /// call of a capability that the host added. They end when that call does.
    pub stuck: u64,
}
