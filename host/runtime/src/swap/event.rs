//! Events about revisions, for observers.

use std::sync::Arc;
use std::time::SystemTime;

use hospes_egress::as_rfc3339;
use serde::Serialize;

use crate::outcome::RevisionId;
use crate::swap::{ChangeKind, Changes, shared};

/// The state of a revision of a node has changed.
///
/// `Serialize` writes one JSON object:
/// `{"time": "...", "node": "...", "revision": {...}, "what": "published", ...}`.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct SwapEvent {
    /// When it happened.
    #[serde(serialize_with = "as_rfc3339")]
    pub time: SystemTime,
    /// The node.
    #[serde(serialize_with = "shared")]
    pub node: Arc<str>,
    /// The revision. Its digest is empty if it was refused before the digest
    /// was known.
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
        /// How it came to serve.
        how: ChangeKind,
        /// The differences from the revision that served before.
        #[serde(serialize_with = "shared")]
        changes: Arc<Changes>,
    },
    /// It was refused; the previous one continues to serve.
    Refused {
        /// The reason, in a sentence.
        error: String,
    },
    /// It has more than the serving one, and needs approval.
    Held {
        /// The differences.
        #[serde(serialize_with = "shared")]
        changes: Arc<Changes>,
    },
    /// A later one was published before it was ready.
    Superseded {
        /// The later revision's generation.
        by: u64,
    },
    /// It keeps breaking, and its node is quarantined.
    Quarantined {
        /// The reason.
        reason: String,
        /// Milliseconds until it is tried again.
        retry_after_ms: u64,
    },
    /// Its node was quarantined, and works again.
    Recovered,
    /// It no longer takes part in serving.
    Aborted {
        /// The reason.
        reason: String,
    },
    /// As a shadow it had another outcome than the serving revision.
    Differs {
        /// The execution.
        #[serde(serialize_with = "shared")]
        execution_id: Arc<str>,
        /// The outcome of the serving revision: `success`, or a failure's kind.
        served: &'static str,
        /// The outcome of the shadow.
        shadow: &'static str,
        /// Where the results first differ, as a JSON pointer, if both are
        /// successes. The values are not included, because they may be private.
        at: Option<String>,
    },
    /// The node was removed; it was the revision that served.
    Removed,
    /// Its last execution has ended, and its code and connections are freed.
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
