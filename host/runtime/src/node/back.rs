//! The way back: by hand, and by itself when a revision keeps breaking.
//!
//! What happens by itself gives a node nothing that it does not have: see
//! [`way`].

use std::sync::Arc;

use crate::node::error::RollbackError;
use crate::node::lane::Lane;
use crate::node::ledger::Target;
use crate::node::{House, Slot};
use crate::outcome::RevisionId;
use crate::revision::{Revision, Way, changes, may_serve, way};
use crate::swap::{Approval, How, SwapKind};

/// What came of going back by itself.
pub(super) enum Back {
    /// Something else serves now, perhaps because somebody was faster.
    Done,
    /// There is nothing to go back to.
    Nothing,
    /// There is, and it must not come back; holds why.
    Closed(String),
}

impl Slot {
    /// Lets an earlier revision serve again with the grants it had, as a new
    /// generation. It passes what is demanded of what serves now.
    pub(crate) fn rollback(
        &self,
        house: &House,
        to: Option<u64>,
        approval: Approval,
        reason: String,
    ) -> Result<Arc<RevisionId>, RollbackError> {
        let serving = self.serving();
        let target = self.ledger().target(to, serving.as_deref());
        let target = target.map_err(|kept| RollbackError::nothing(self.name(), to, kept))?;
        // Of a node that was removed nothing is kept.
        let Some(serving) = serving else {
            return Err(RollbackError::nothing(self.name(), to, Vec::new()));
        };
        let (today, old) = (&serving.revision, &target.admitted);
        may_serve(today, old, old).map_err(RollbackError::Refused)?;
        let changes = changes(Some(&today.admitted), old).of_known();
        if approval != Approval::Wider && changes.is_held(Approval::Known) {
            let changes = Arc::new(changes);
            let held = SwapKind::Held {
                changes: Arc::clone(&changes),
            };
            house.tell(self.name(), &target.id, held);
            return Err(RollbackError::Held { changes });
        }
        let generation = house.next();
        // The transport is made by the host: not while the lock is held.
        let revision = house.revision(Arc::clone(old), generation);
        let revision = revision
            .map_err(RollbackError::Grant)?
            .demanding(&today.demands);
        let how = How::RolledBack {
            from: today.id.generation,
            to: target.id.generation,
            grants: target.id.generation,
            reason,
        };
        self.come_back(house, &serving, revision, how)
    }

    /// Goes back by itself from a lane that keeps breaking.
    pub(super) fn retreat(&self, house: &House, lane: &Arc<Lane>, reason: String) -> Back {
        let target = self.ledger().target(None, Some(lane));
        match target {
            Ok(target) => self.retreat_to(house, lane, &target, reason),
            Err(_) => Back::Nothing,
        }
    }

    /// The same to a revision that is known. With the grants that it had, or
    /// with those of the lane: never with more than the lane has.
    pub(super) fn retreat_to(
        &self,
        house: &House,
        lane: &Arc<Lane>,
        target: &Target,
        reason: String,
    ) -> Back {
        let today = &lane.revision;
        let (admitted, grants) = match way(today, &target.admitted) {
            Way::Own => (Arc::clone(&target.admitted), target.id.generation),
            Way::Regranted(admitted) => (admitted, today.id.generation),
            Way::Closed(why) => return Back::Closed(why),
        };
        let revision = match house.revision(admitted, house.next()) {
            Ok(revision) => revision.demanding(&today.demands),
            Err(error) => return Back::Closed(error.to_string()),
        };
        let how = How::RolledBack {
            from: today.id.generation,
            to: target.id.generation,
            grants,
            reason,
        };
        // Somebody who was faster knew better.
        _ = self.come_back(house, lane, revision, how);
        Back::Done
    }

    /// Publishes it, if what serves still is that lane or what is tried beside
    /// it.
    fn come_back(
        &self,
        house: &House,
        away: &Arc<Lane>,
        revision: Revision,
        how: How,
    ) -> Result<Arc<RevisionId>, RollbackError> {
        let id = Arc::clone(&revision.id);
        let mut ledger = self.ledger();
        let state = self.state();
        let goes = state.as_ref().is_some_and(|serving| serving.has(away));
        if ledger.latest > id.generation || !goes {
            let by = ledger.latest;
            drop(ledger);
            house.tell(self.name(), &id, SwapKind::Superseded { by });
            return Err(RollbackError::Superseded { by });
        }
        let before = state
            .as_ref()
            .map(|serving| &*serving.lane.revision.admitted);
        let changes = Arc::new(changes(before, &revision.admitted));
        ledger.leave(away);
        self.put(house, ledger, revision, how, changes);
        Ok(id)
    }
}
