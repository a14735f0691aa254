//! Trials: starting, promoting and aborting them.

use std::sync::{Arc, MutexGuard};

use crate::node::back::Back;
use crate::node::error::TrialError;
use crate::node::history::{RevisionHistory, Target};
use crate::node::live::LiveRevision;
use crate::node::serving::Serving;
use crate::node::trial::Trial;
use crate::node::{Shared, Slot};
use crate::outcome::RevisionId;
use crate::revision::{Revision, changes, covers};
use crate::swap::{ChangeKind, Changes, SwapKind};

impl Slot {
    /// Lets a revision take part beside the one that serves.
    pub(super) fn try_beside(
        &self,
        shared: &Shared,
        mut history: MutexGuard<'_, RevisionHistory>,
        serving: &Arc<LiveRevision>,
        revision: Revision,
        changes: Arc<Changes>,
    ) {
        let (id, admitted) = (Arc::clone(&revision.id), Arc::clone(&revision.admitted));
        let rollout = admitted.rollout.clone();
        let how = ChangeKind::Tried {
            beside: serving.revision.id.generation,
            rollout: rollout.clone(),
        };
        let protection = admitted.protection.clone().unwrap_or_default();
        let stake = Arc::clone(&serving.stake);
        let live = LiveRevision::new(revision, Some(protection), true, stake, shared);
        history.published(&live, how.clone(), admitted.note.clone());
        let beside = Serving {
            live: Arc::clone(serving),
            trial: Some(Arc::new(Trial::new(
                live,
                rollout,
                shared.canary_key,
                serving,
            ))),
        };
        let gone = self.store(shared, history, Some(beside), another(&id));
        shared.tell(self.name(), &id, SwapKind::Published { how, changes });
        drop(gone);
    }

    /// Makes the canary or the shadow the only revision that serves.
    pub(crate) fn promote(&self, shared: &Shared) -> Result<Arc<RevisionId>, TrialError> {
        self.promote_lane(shared, None)
    }

    /// Promotes the trial; if `live` is given, only that one.
    fn promote_lane(
        &self,
        shared: &Shared,
        live: Option<&Arc<LiveRevision>>,
    ) -> Result<Arc<RevisionId>, TrialError> {
        let mut history = self.revisions();
        let (serving, trial) = self.trial()?;
        if live.is_some_and(|live| !Arc::ptr_eq(live, &trial.live)) {
            return Err(self.no_trial());
        }
        let (old, new) = (&serving.live.revision, &trial.live.revision);
        let changes = Arc::new(changes(Some(&old.admitted), &new.admitted));
        let how = ChangeKind::Promoted {
            from: old.id.generation,
        };
        history.come_back(&trial.live);
        history.note(&trial.live, how.clone(), String::new());
        self.resize(&new.admitted.limits);
        let gone = self.store(
            shared,
            history,
            Some(Serving::alone(&trial.live)),
            String::new(),
        );
        shared.tell(self.name(), &new.id, SwapKind::Published { how, changes });
        drop(gone);
        Ok(Arc::clone(&new.id))
    }

    /// Ends the canary or the shadow; if `live` is given, only that one.
    pub(crate) fn abort(
        &self,
        shared: &Shared,
        live: Option<&Arc<LiveRevision>>,
        reason: String,
    ) -> Result<Arc<RevisionId>, TrialError> {
        let history = self.revisions();
        let (serving, trial) = self.trial()?;
        if live.is_some_and(|live| !Arc::ptr_eq(live, &trial.live)) {
            return Err(self.no_trial());
        }
        let alone = Serving::alone(&serving.live);
        drop(self.store(shared, history, Some(alone), reason));
        Ok(Arc::clone(&trial.live.revision.id))
    }

    /// Ends a trial that breaks more often than the serving revision. The
    /// operator last wanted the trial's grants: if the serving revision has
    /// more than those, its grants are reduced to them. If it must not serve
    /// with less, the node is quarantined.
    pub(super) fn give_up(
        &self,
        shared: &Shared,
        serving: &Serving,
        live: &Arc<LiveRevision>,
        reason: String,
    ) {
        let target = Target {
            id: Arc::clone(&serving.live.revision.id),
            admitted: Arc::clone(&serving.live.revision.admitted),
        };
        // An operator may have decided about it meanwhile.
        if covers(&live.revision, &target.admitted) {
            _ = self.abort(shared, Some(live), reason);
        } else if let Back::Closed(why) = self.retreat_to(shared, live, &target, reason.clone())
            && self.promote_lane(shared, Some(live)).is_ok()
        {
            self.set_aside(shared, live, format!("{reason}; {why}"));
        }
    }

    fn trial(&self) -> Result<(Arc<Serving>, Arc<Trial>), TrialError> {
        let serving = self.state().ok_or_else(|| self.no_trial())?;
        let trial = serving.trial.clone().ok_or_else(|| self.no_trial())?;
        Ok((serving, trial))
    }

    fn no_trial(&self) -> TrialError {
        TrialError::NoTrial {
            node: Arc::clone(self.name()),
        }
    }
}

/// The reason for ending a trial when another revision is published.
pub(super) fn another(id: &RevisionId) -> String {
    format!("generation {} was published", id.generation)
}
