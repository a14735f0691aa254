//! What serves at a given moment.

use std::sync::Arc;

use crate::node::live::LiveRevision;
use crate::node::trial::Trial;

/// The live revision that serves and its trial; only ever replaced as a whole.
pub(crate) struct Serving {
    pub(super) live: Arc<LiveRevision>,
    pub(super) trial: Option<Arc<Trial>>,
}

impl Serving {
    pub(super) fn alone(live: &Arc<LiveRevision>) -> Serving {
        Serving {
            live: Arc::clone(live),
            trial: None,
        }
    }

    /// Whether executions begin on that live revision.
    pub(super) fn has(&self, live: &Arc<LiveRevision>) -> bool {
        Arc::ptr_eq(&self.live, live) || self.tries(live)
    }

    /// Whether that live revision is the trial.
    pub(super) fn tries(&self, live: &Arc<LiveRevision>) -> bool {
        let trial = self.trial.as_ref();
        trial.is_some_and(|trial| Arc::ptr_eq(&trial.live, live))
    }
}
