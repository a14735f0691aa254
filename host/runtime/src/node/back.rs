//! Rollbacks: on request, and automatic when a revision keeps breaking.
//!
//! An automatic rollback never gives a node anything that it does not have: see
//! [`automatic_rollback`].

use std::sync::Arc;

use crate::node::error::RollbackError;
use crate::node::history::Target;
use crate::node::live::LiveRevision;
use crate::node::{Shared, Slot};
use crate::outcome::RevisionId;
use crate::revision::{AutomaticRollback, Revision, automatic_rollback, changes, may_serve};
use crate::swap::{Approval, ChangeKind, SwapKind};

/// The result of an automatic rollback.
pub(super) enum Back {
    /// Another revision serves now, perhaps because an operator was faster.
    Done,
    /// There is no revision to roll back to.
    Nothing,
    /// There is one, but it must not come back; holds the reason.
    Closed(String),
}

impl Slot {
    /// Lets an earlier revision serve again with the grants that it had, as a
    /// new generation. It has to meet the demands on the revision that serves
    /// now.
    pub(crate) fn rollback(
        &self,
        shared: &Shared,
        to: Option<u64>,
        approval: Approval,
        reason: String,
    ) -> Result<Arc<RevisionId>, RollbackError> {
        let serving = self.serving();
        let target = self.revisions().target(to, serving.as_deref());
        let target = target.map_err(|kept| RollbackError::nothing(self.name(), to, kept))?;
        // Nothing is kept of a node that was removed.
        let Some(serving) = serving else {
            return Err(RollbackError::nothing(self.name(), to, Vec::new()));
        };
        let (today, old) = (&serving.revision, &target.admitted);
        may_serve(today, old, old).map_err(RollbackError::Refused)?;
        let changes = changes(Some(&today.admitted), old).of_known();
        if approval != Approval::Wider && changes.needs_approval(Approval::Known) {
            let changes = Arc::new(changes);
            let held = SwapKind::Held {
                changes: Arc::clone(&changes),
            };
            shared.tell(self.name(), &target.id, held);
            return Err(RollbackError::NeedsApproval { changes });
        }
        let generation = shared.next();
        // The host makes the transport: not while the lock is held.
        let revision = shared.revision(Arc::clone(old), generation);
        let revision = revision
            .map_err(RollbackError::Grant)?
            .demanding(&today.demands);
        let how = ChangeKind::RolledBack {
            from: today.id.generation,
            to: target.id.generation,
            grants: target.id.generation,
            reason,
        };
        self.come_back(shared, &serving, revision, how)
    }

    /// Rolls back automatically from a live revision that keeps breaking.
    pub(super) fn retreat(
        &self,
        shared: &Shared,
        live: &Arc<LiveRevision>,
        reason: String,
    ) -> Back {
        let target = self.revisions().target(None, Some(live));
        match target {
            Ok(target) => self.retreat_to(shared, live, &target, reason),
            Err(_) => Back::Nothing,
        }
    }

    /// Rolls back to a given revision, with the grants that it had or with
    /// those of the live revision: never with more than the live revision has.
    pub(super) fn retreat_to(
        &self,
        shared: &Shared,
        live: &Arc<LiveRevision>,
        target: &Target,
        reason: String,
    ) -> Back {
        let today = &live.revision;
        let (admitted, grants) = match automatic_rollback(today, &target.admitted) {
            AutomaticRollback::Own => (Arc::clone(&target.admitted), target.id.generation),
            AutomaticRollback::Regranted(admitted) => (admitted, today.id.generation),
            AutomaticRollback::Closed(why) => return Back::Closed(why),
        };
        let revision = match shared.revision(admitted, shared.next()) {
            Ok(revision) => revision.demanding(&today.demands),
            Err(error) => return Back::Closed(error.to_string()),
        };
        let how = ChangeKind::RolledBack {
            from: today.id.generation,
            to: target.id.generation,
            grants,
            reason,
        };
        // If an operator was faster, that decision stands.
        _ = self.come_back(shared, live, revision, how);
        Back::Done
    }

    /// Publishes the revision, if the live revision or its trial still serves.
    fn come_back(
        &self,
        shared: &Shared,
        away: &Arc<LiveRevision>,
        revision: Revision,
        how: ChangeKind,
    ) -> Result<Arc<RevisionId>, RollbackError> {
        let id = Arc::clone(&revision.id);
        let mut history = self.revisions();
        let state = self.state();
        let goes = state.as_ref().is_some_and(|serving| serving.has(away));
        if history.latest > id.generation || !goes {
            let by = history.latest;
            drop(history);
            shared.tell(self.name(), &id, SwapKind::Superseded { by });
            return Err(RollbackError::Superseded { by });
        }
        let before = state
            .as_ref()
            .map(|serving| &*serving.live.revision.admitted);
        let changes = Arc::new(changes(before, &revision.admitted));
        history.leave(away);
        self.put(shared, history, revision, how, changes);
        Ok(id)
    }
}
