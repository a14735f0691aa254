//! What serves at one moment.

use std::sync::Arc;

use crate::node::lane::Lane;
use crate::node::trial::Trial;

/// The lane that serves and the one that takes part in it; only ever replaced
/// as a whole.
pub(crate) struct Serving {
    pub(super) lane: Arc<Lane>,
    pub(super) trial: Option<Arc<Trial>>,
}

impl Serving {
    pub(super) fn alone(lane: &Arc<Lane>) -> Serving {
        Serving {
            lane: Arc::clone(lane),
            trial: None,
        }
    }

    /// Whether executions begin on that lane.
    pub(super) fn has(&self, lane: &Arc<Lane>) -> bool {
        Arc::ptr_eq(&self.lane, lane) || self.tries(lane)
    }

    /// Whether that lane takes part.
    pub(super) fn tries(&self, lane: &Arc<Lane>) -> bool {
        let trial = self.trial.as_ref();
        trial.is_some_and(|trial| Arc::ptr_eq(&trial.lane, lane))
    }
}
