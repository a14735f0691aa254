//! Letting a revision take part in serving, and deciding about it.

use std::sync::{Arc, MutexGuard};

use crate::node::back::Back;
use crate::node::error::TrialError;
use crate::node::lane::Lane;
use crate::node::ledger::{Ledger, Target};
use crate::node::serving::Serving;
use crate::node::trial::Trial;
use crate::node::{House, Slot};
use crate::outcome::RevisionId;
use crate::revision::{Revision, changes, covers};
use crate::swap::{Changes, How, SwapKind};

impl Slot {
    /// Lets a revision serve beside the one that does.
    pub(super) fn try_beside(
        &self,
        house: &House,
        mut ledger: MutexGuard<'_, Ledger>,
        serving: &Arc<Lane>,
        revision: Revision,
        changes: Arc<Changes>,
    ) {
        let (id, admitted) = (Arc::clone(&revision.id), Arc::clone(&revision.admitted));
        let rollout = admitted.rollout.clone();
        let how = How::Tried {
            beside: serving.revision.id.generation,
            rollout: rollout.clone(),
        };
        let protection = admitted.protection.clone().unwrap_or_default();
        let stake = Arc::clone(&serving.stake);
        let lane = Lane::new(revision, Some(protection), true, stake, house);
        ledger.published(&lane, how.clone(), admitted.note.clone());
        let beside = Serving {
            lane: Arc::clone(serving),
            trial: Some(Arc::new(Trial::new(
                lane,
                rollout,
                house.canary_key,
                serving,
            ))),
        };
        let gone = self.store(house, ledger, Some(beside), another(&id));
        house.tell(self.name(), &id, SwapKind::Published { how, changes });
        drop(gone);
    }

    /// Lets the canary or the shadow serve alone.
    pub(crate) fn promote(&self, house: &House) -> Result<Arc<RevisionId>, TrialError> {
        self.promote_lane(house, None)
    }

    /// The same; if `lane` is given, only that one.
    fn promote_lane(
        &self,
        house: &House,
        lane: Option<&Arc<Lane>>,
    ) -> Result<Arc<RevisionId>, TrialError> {
        let mut ledger = self.ledger();
        let (serving, trial) = self.trial()?;
        if lane.is_some_and(|lane| !Arc::ptr_eq(lane, &trial.lane)) {
            return Err(self.no_trial());
        }
        let (old, new) = (&serving.lane.revision, &trial.lane.revision);
        let changes = Arc::new(changes(Some(&old.admitted), &new.admitted));
        let how = How::Promoted {
            from: old.id.generation,
        };
        ledger.come_back(&trial.lane);
        ledger.note(&trial.lane, how.clone(), String::new());
        self.resize(&new.admitted.limits);
        let gone = self.store(
            house,
            ledger,
            Some(Serving::alone(&trial.lane)),
            String::new(),
        );
        house.tell(self.name(), &new.id, SwapKind::Published { how, changes });
        drop(gone);
        Ok(Arc::clone(&new.id))
    }

    /// Takes the canary or the shadow out; if `lane` is given, only that one.
    pub(crate) fn abort(
        &self,
        house: &House,
        lane: Option<&Arc<Lane>>,
        reason: String,
    ) -> Result<Arc<RevisionId>, TrialError> {
        let ledger = self.ledger();
        let (serving, trial) = self.trial()?;
        if lane.is_some_and(|lane| !Arc::ptr_eq(lane, &trial.lane)) {
            return Err(self.no_trial());
        }
        let alone = Serving::alone(&serving.lane);
        drop(self.store(house, ledger, Some(alone), reason));
        Ok(Arc::clone(&trial.lane.revision.id))
    }

    /// Ends a trial that breaks more often than what serves. If what serves
    /// has more than the trial, which is what the operator wanted last, it gets
    /// less from now on; and if it must not serve with less, nothing does.
    pub(super) fn give_up(
        &self,
        house: &House,
        serving: &Serving,
        lane: &Arc<Lane>,
        reason: String,
    ) {
        let target = Target {
            id: Arc::clone(&serving.lane.revision.id),
            admitted: Arc::clone(&serving.lane.revision.admitted),
        };
        // Somebody may have decided about it meanwhile.
        if covers(&lane.revision, &target.admitted) {
            _ = self.abort(house, Some(lane), reason);
        } else if let Back::Closed(why) = self.retreat_to(house, lane, &target, reason.clone())
            && self.promote_lane(house, Some(lane)).is_ok()
        {
            self.set_aside(house, lane, format!("{reason}; {why}"));
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

/// Why a trial ends when another revision is published.
pub(super) fn another(id: &RevisionId) -> String {
    format!("generation {} was published", id.generation)
}
