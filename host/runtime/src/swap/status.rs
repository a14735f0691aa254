//! How nodes are.

use std::sync::Arc;

use serde::Serialize;

use crate::description::Description;
use crate::outcome::RevisionId;
use crate::swap::{TrialStatus, shared};

/// One node as it is now.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct NodeStatus {
    /// Its name.
    #[serde(serialize_with = "shared")]
    pub node: Arc<str>,
    /// The revision that serves.
    #[serde(serialize_with = "shared")]
    pub revision: Arc<RevisionId>,
    /// What that revision says about itself.
    pub description: Description,
    /// `sha256:` and the hash of the policy in force.
    pub policy: String,
    /// Executions that run on the serving revision, those that wait for a
    /// place included.
    pub running: u64,
    /// Executions on the serving revision that have ended, since it serves.
    pub executions: u64,
    /// How many of these the node broke in, or had to be stopped.
    pub faults: u64,
    /// Milliseconds until a node that keeps breaking is tried again; none if
    /// it is not quarantined.
    pub quarantined_ms: Option<u64>,
    /// Executions that wait for a place, whatever their revision.
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

/// What came of draining a node.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct DrainReport {
    /// Executions that ran on old revisions when it began.
    pub running: u64,
    /// How many of them the deadline ended; their outcome is `cancelled`.
    pub cancelled: u64,
    /// How many of these could not be ended: they are inside a blocking call of
    /// a capability that the host added. They end when that call does.
    pub stuck: u64,
}
