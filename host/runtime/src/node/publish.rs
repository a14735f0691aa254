//! Replacing the revision that serves.

use std::fmt;
use std::sync::{Arc, MutexGuard};

use crate::description::Description;
use crate::node::error::PublishError;
use crate::node::lane::Lane;
use crate::node::ledger::Ledger;
use crate::node::rollout::another;
use crate::node::serving::Serving;
use crate::node::{House, Slot};
use crate::outcome::RevisionId;
use crate::revision::{Admitted, LoadError, NodeConfig, Revision, changes};
use crate::swap::{Approval, Changes, How, Rollout, SwapKind, UnknownNode};

/// A revision that is ready to serve, and does not yet.
pub struct Staged {
    pub(crate) node: Arc<str>,
    revision: Revision,
    changes: Arc<Changes>,
}

impl Staged {
    /// The node it is for.
    pub fn node(&self) -> &Arc<str> {
        &self.node
    }

    /// What it will be known as.
    pub fn id(&self) -> &Arc<RevisionId> {
        &self.revision.id
    }

    /// What it says about itself.
    pub fn description(&self) -> &Description {
        &self.revision.admitted.description
    }

    /// What is different about it, compared with the revision that served when
    /// it was staged. A publish compares again.
    pub fn changes(&self) -> &Changes {
        &self.changes
    }
}

impl fmt::Debug for Staged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Staged")
            .field("node", &self.node)
            .field("id", &self.revision.id)
            .finish_non_exhaustive()
    }
}

impl House {
    /// Makes a revision ready, for a slot that may not be there yet. It gets
    /// its generation here, so that the last one begun wins; a host may choose
    /// the generation itself.
    pub(crate) fn stage(
        &self,
        node: Arc<str>,
        slot: Option<&Slot>,
        generation: Option<u64>,
        config: NodeConfig,
    ) -> Result<Staged, LoadError> {
        let generation = match generation {
            Some(generation) => {
                self.raise(generation);
                generation
            }
            None => self.next(),
        };
        let serving = slot.and_then(Slot::serving);
        let before = serving.as_ref().map(|lane| &*lane.revision.admitted);
        let revision = self.admit(&node, generation, config, before)?;
        // Something else may serve since.
        let serving = slot.and_then(Slot::serving);
        let before = serving.as_ref().map(|lane| &*lane.revision.admitted);
        let changes = Arc::new(changes(before, &revision.admitted));
        Ok(Staged {
            node,
            revision,
            changes,
        })
    }
}

impl Slot {
    /// Lets a revision serve, in one step.
    pub(crate) fn publish(
        &self,
        house: &House,
        mut staged: Staged,
        approval: Approval,
    ) -> Result<Arc<RevisionId>, PublishError> {
        let id = Arc::clone(&staged.revision.id);
        let ledger = self.ledger();
        let by = ledger.latest;
        if by >= id.generation {
            drop(ledger);
            house.tell(self.name(), &id, SwapKind::Superseded { by });
            return Err(PublishError::Superseded { by });
        }
        // Something else may serve now than when it was staged.
        let serving = self.serving();
        let before = serving.as_ref().map(|lane| &*lane.revision.admitted);
        let changes = changes(before, &staged.revision.admitted);
        let is_held = changes.is_held(approval);
        let changes = Arc::new(match approval {
            Approval::Known if is_held => changes.of_known(),
            _ => changes,
        });
        staged.changes = Arc::clone(&changes);
        if is_held {
            drop(ledger);
            let held = SwapKind::Held {
                changes: Arc::clone(&changes),
            };
            house.tell(self.name(), &id, held);
            let staged = Box::new(staged);
            return Err(PublishError::Held { changes, staged });
        }
        let how = match serving {
            Some(lane) if staged.revision.admitted.rollout != Rollout::All => {
                self.try_beside(house, ledger, &lane, staged.revision, changes);
                return Ok(id);
            }
            Some(lane) => How::Swapped {
                from: lane.revision.id.generation,
            },
            None => How::Loaded,
        };
        self.put(house, ledger, staged.revision, how, changes);
        Ok(id)
    }

    /// Takes what serves out. Executions that run go on.
    pub(crate) fn remove(&self, house: &House, unknown: UnknownNode) -> Result<(), UnknownNode> {
        let generation = house.next();
        let mut ledger = self.ledger();
        let Some(serving) = self.serving() else {
            return Err(unknown);
        };
        ledger.latest = ledger.latest.max(generation);
        ledger.note(&serving, How::Removed, String::new());
        let gone = self.store(house, ledger, None, "the node was removed".to_owned());
        house.tell(self.name(), &serving.revision.id, SwapKind::Removed);
        drop((gone, serving));
        house.engine.shares().settle(None);
        Ok(())
    }

    /// Lets a revision serve alone.
    pub(super) fn put(
        &self,
        house: &House,
        mut ledger: MutexGuard<'_, Ledger>,
        revision: Revision,
        how: How,
        changes: Arc<Changes>,
    ) {
        let (id, admitted) = (Arc::clone(&revision.id), Arc::clone(&revision.admitted));
        let new = !matches!(how, How::RolledBack { .. });
        let note = if new { &admitted.note } else { "" };
        let stake = self.stake(house);
        let lane = Lane::new(revision, admitted.protection.clone(), new, stake, house);
        ledger.published(&lane, how.clone(), note.to_owned());
        self.resize(&admitted.limits);
        let gone = self.store(house, ledger, Some(Serving::alone(&lane)), another(&id));
        house.tell(self.name(), &id, SwapKind::Published { how, changes });
        drop(gone);
    }

    /// The one place where what serves changes. A trial that does not go on
    /// ends for that reason. Gives back what is to be dropped when all has been
    /// told.
    pub(super) fn store(
        &self,
        house: &House,
        mut ledger: MutexGuard<'_, Ledger>,
        new: Option<Serving>,
        reason: String,
    ) -> Gone {
        let new = new.map(Arc::new);
        let old = self.serving.swap(new.clone());
        let goes_on = |lane: &Arc<Lane>| new.as_ref().is_some_and(|new| new.has(lane));
        let mut aborted = None;
        // First the store, then this: who finds a lane retired finds the next
        // one.
        if let Some(old) = &old {
            if !goes_on(&old.lane) {
                old.lane.running.retire();
            }
            if let Some(trial) = &old.trial
                && !goes_on(&trial.lane)
            {
                trial.lane.running.retire();
                let reason = reason.clone();
                ledger.note(&trial.lane, How::Aborted { reason }, String::new());
                aborted = Some(Arc::clone(&trial.lane.revision.id));
            }
        }
        let keep = if new.is_some() { house.kept } else { 0 };
        let kept = ledger.prune(new.as_deref(), keep);
        drop(ledger);
        if let Some(id) = aborted {
            house.tell(self.name(), &id, SwapKind::Aborted { reason });
        }
        Gone {
            _old: old,
            _kept: kept,
        }
    }
}

/// What is no longer needed.
pub(super) struct Gone {
    _old: Option<Arc<Serving>>,
    _kept: Vec<Arc<Admitted>>,
}
