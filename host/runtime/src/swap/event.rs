//! What an observer is told about revisions.

use std::sync::Arc;
use std::time::SystemTime;

use hospes_egress::as_rfc3339;
use serde::Serialize;

use crate::outcome::RevisionId;
use crate::swap::{ChangeKind, Changes, shared};

/// Something happened to a revision of a node.
///
/// `Serialize` writes one JSON object:
/// `{"time": "...", "node": "...", "revision": {...}, "what": "published", ...}`.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct SwapEvent {
    /// When.
    #[serde(serialize_with = "as_rfc3339")]
    pub time: SystemTime,
    /// The node.
    #[serde(serialize_with = "shared")]
    pub node: Arc<str>,
    /// The revision it is about. Its digest is empty if it was refused before
    /// it was known.
    #[serde(serialize_with = "shared")]
    pub revision: Arc<RevisionId>,
    /// What happened.
    #[serde(flatten)]
    pub kind: SwapKind,
}

/// What happened to a revision.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "what", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum SwapKind {
    /// It serves, or takes part in serving.
    Published {
        /// How it came to that.
        how: ChangeKind,
        /// Compared with the revision that served before.
        #[serde(serialize_with = "shared")]
        changes: Arc<Changes>,
    },
    /// It was refused; what served before goes on serving.
    Refused {
        /// Why, in a sentence.
        error: String,
    },
    /// It asks for more than the serving one, and nobody has agreed to that.
    Held {
        /// What it asks for.
        #[serde(serialize_with = "shared")]
        changes: Arc<Changes>,
    },
    /// A later one had been published before it was ready.
    Superseded {
        /// The later one's generation.
        by: u64,
    },
    /// It keeps breaking, and its node is quarantined.
    Quarantined {
        /// Why.
        reason: String,
        /// Milliseconds until it is tried again.
        retry_after_ms: u64,
    },
    /// Its node was quarantined, and works again.
    Recovered,
    /// It takes part in serving no longer.
    Aborted {
        /// Why.
        reason: String,
    },
    /// As a shadow it came to something else than the serving revision.
    Differs {
        /// The execution.
        #[serde(serialize_with = "shared")]
        execution_id: Arc<str>,
        /// What the serving revision came to: `success`, or a failure's kind.
        served: &'static str,
        /// What the shadow came to.
        shadow: &'static str,
        /// Where the results differ first, as a JSON pointer, if both are
        /// successes. The values are nobody's business.
        at: Option<String>,
    },
    /// The node was removed; it was the revision that served.
    Removed,
    /// Its last execution has ended, and it is gone: code, connections and all.
    Freed,
}

impl SwapEvent {
    pub(crate) fn new(node: &Arc<str>, revision: &Arc<RevisionId>, kind: SwapKind) -> SwapEvent {
        SwapEvent {
            time: SystemTime::now(),
            node: Arc::clone(node),
            revision: Arc::clone(revision),
            kind,
        }
    }
}
