//! How a new revision begins to serve: plain data.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::outcome::RevisionId;
use crate::swap::shared;

/// How a new revision begins to serve, if another one serves already.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "rollout", rename_all = "lowercase")]
#[non_exhaustive]
pub enum Rollout {
    /// Every new execution begins on it.
    #[default]
    All,
    /// A share of the executions begins on it, until it is promoted or aborted.
    /// It is aborted automatically if it breaks more often than the serving
    /// one, as measured by its [`Protection`](crate::protection::Protection)
    /// (the default one if it has none).
    Canary {
        /// The share in percent, from 1 to 99.
        percent: u32,
        /// The variable of the context that decides: executions with the same
        /// value go to the same revision. Without a key, or if the variable is
        /// missing, the execution id decides. The runtime's
        /// [`canary_key`](crate::RuntimeBuilder::canary_key) determines which
        /// values belong to the canary.
        key: Option<String>,
    },
    /// Executions run on the serving revision and, after they have ended, once
    /// more on the new one, with the same payload, id and variables. The
    /// outcomes are compared, and the observer is told about differences.
    ///
    /// Nothing is written twice: a request of the new revision other than `GET`
    /// or `HEAD` is not sent, but gets the response that the serving one got
    /// for the same method, URL and body. If there was no such request, it is
    /// denied with the reason `shadow`.
    ///
    /// It runs if one of its permits is free (a quarter of its limit
    /// `concurrency`, at least one), and is skipped otherwise.
    Shadow,
}

/// A revision that takes part in serving, and may serve alone later.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct TrialStatus {
    /// The revision.
    #[serde(serialize_with = "shared")]
    pub revision: Arc<RevisionId>,
    /// In which way it takes part.
    #[serde(flatten)]
    pub rollout: Rollout,
    /// Executions that run on it now.
    pub running: u64,
    /// Executions on it that have ended.
    pub executions: u64,
    /// How many of these broke or had to be stopped.
    pub faults: u64,
    /// Executions of a shadow that had another outcome.
    pub differing: u64,
    /// Executions without a shadow, because no permit was free.
    pub skipped: u64,
}
