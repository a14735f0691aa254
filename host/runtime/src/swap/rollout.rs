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
    /// If it breaks more often than the serving one, it is aborted by itself,
    /// by the measure of its [`Protection`](crate::protection::Protection) (the default
    /// one if it has none).
    Canary {
        /// The share in percent, from 1 to 99.
        percent: u32,
        /// The variable of the context that decides: executions with the same
        /// value go to the same revision. Without one, or where the variable is
        /// missing, the execution id decides. Which values belong to the canary
        /// follows from the runtime's
        /// [`canary_key`](crate::RuntimeBuilder::canary_key).
        key: Option<String>,
    },
    /// Executions run on the serving one, and once more on the new one when
    /// they have been answered, with the same payload, id and variables. What
    /// the new one comes to is compared and told to the observer.
    ///
    /// Nothing is written twice: a request of the new revision that is not
    /// `GET` or `HEAD` is not sent, but answered with what the serving one got
    /// for the same method, URL and body. If there was no such request, it is
    /// denied with the reason `shadow`.
    ///
    /// It is run when there is room (a quarter of the places of its own limits,
    /// at least one), and skipped otherwise.
    Shadow,
}

/// A revision that takes part in serving, and may serve alone later.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct TrialStatus {
    /// The revision.
    #[serde(serialize_with = "shared")]
    pub revision: Arc<RevisionId>,
    /// How it takes part.
    #[serde(flatten)]
    pub rollout: Rollout,
    /// Executions that run on it now.
    pub running: u64,
    /// Executions on it that have ended.
    pub executions: u64,
    /// How many of these it broke in, or had to be stopped.
    pub faults: u64,
    /// Executions of a shadow that came to something else.
    pub differing: u64,
    /// Executions without a shadow, for lack of room.
    pub skipped: u64,
}
