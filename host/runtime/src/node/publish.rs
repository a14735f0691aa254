//! Replacing the revision that serves.

use std::sync::{Arc, MutexGuard};

use crate::node::error::PublishError;
use crate::node::history::RevisionHistory;
use crate::node::live::LiveRevision;
use crate::node::rollout::another;
use crate::node::serving::Serving;
use crate::node::staged::Staged;
use crate::node::{Shared, Slot};
use crate::outcome::RevisionId;
use crate::revision::{AdmittedComponent, LoadError, NodeConfig, Revision, changes};
use crate::swap::{Approval, ChangeKind, Changes, Rollout, SwapKind, UnknownNode};

impl Shared {
    /// Makes a revision ready, for a slot that may not exist yet. It gets its
    /// generation at the start, so that the last one started wins; a host may
    /// choose the generation itself.
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
        let before = serving.as_ref().map(|live| &*live.revision.admitted);
        let revision = self.admit(&node, generation, config, before)?;
        // Another revision may have been published since.
        let serving = slot.and_then(Slot::serving);
        let before = serving.as_ref().map(|live| &*live.revision.admitted);
        let changes = Arc::new(changes(before, &revision.admitted));
        Ok(Staged {
            node,
            revision,
            changes,
        })
    }
}

impl Slot {
    /// Publishes a revision in one step.
    pub(crate) fn publish(
        &self,
        shared: &Shared,
        mut staged: Staged,
        approval: Approval,
    ) -> Result<Arc<RevisionId>, PublishError> {
        let id = Arc::clone(&staged.revision.id);
        let history = self.revisions();
        let by = history.latest;
        if by >= id.generation {
            drop(history);
            shared.tell(self.name(), &id, SwapKind::Superseded { by });
            return Err(PublishError::Superseded { by });
        }
        // Another revision may serve now than when it was staged.
        let serving = self.serving();
        let before = serving.as_ref().map(|live| &*live.revision.admitted);
        let changes = changes(before, &staged.revision.admitted);
        let is_held = changes.needs_approval(approval);
        let changes = Arc::new(match approval {
            Approval::Known if is_held => changes.of_known(),
            _ => changes,
        });
        staged.changes = Arc::clone(&changes);
        if is_held {
            drop(history);
            let held = SwapKind::Held {
                changes: Arc::clone(&changes),
            };
            shared.tell(self.name(), &id, held);
            let staged = Box::new(staged);
            return Err(PublishError::NeedsApproval { changes, staged });
        }
        let how = match serving {
            Some(live) if staged.revision.admitted.rollout != Rollout::All => {
                self.try_beside(shared, history, &live, staged.revision, changes);
                return Ok(id);
            }
            Some(live) => ChangeKind::Swapped {
                from: live.revision.id.generation,
            },
            None => ChangeKind::Loaded,
        };
        self.put(shared, history, staged.revision, how, changes);
        Ok(id)
    }

    /// Removes the revision that serves. Running executions continue.
    pub(crate) fn remove(&self, shared: &Shared, unknown: UnknownNode) -> Result<(), UnknownNode> {
        let generation = shared.next();
        let mut history = self.revisions();
        let Some(serving) = self.serving() else {
            return Err(unknown);
        };
        history.latest = history.latest.max(generation);
        history.note(&serving, ChangeKind::Removed, String::new());
        let gone = self.store(shared, history, None, "the node was removed".to_owned());
        shared.tell(self.name(), &serving.revision.id, SwapKind::Removed);
        drop((gone, serving));
        shared.engine.shares().settle(None);
        Ok(())
    }

    /// Makes a revision the only one that serves.
    pub(super) fn put(
        &self,
        shared: &Shared,
        mut history: MutexGuard<'_, RevisionHistory>,
        revision: Revision,
        how: ChangeKind,
        changes: Arc<Changes>,
    ) {
        let (id, admitted) = (Arc::clone(&revision.id), Arc::clone(&revision.admitted));
        let new = !matches!(how, ChangeKind::RolledBack { .. });
        let note = if new { &admitted.note } else { "" };
        let stake = self.stake(shared);
        let live = LiveRevision::new(revision, admitted.protection.clone(), new, stake, shared);
        history.published(&live, how.clone(), note.to_owned());
        self.resize(&admitted.limits);
        let gone = self.store(shared, history, Some(Serving::alone(&live)), another(&id));
        shared.tell(self.name(), &id, SwapKind::Published { how, changes });
        drop(gone);
    }

    /// The one place where the serving state changes. A trial that does not
    /// continue ends with the given reason. Returns what is to be dropped after
    /// all observers were told.
    pub(super) fn store(
        &self,
        shared: &Shared,
        mut history: MutexGuard<'_, RevisionHistory>,
        new: Option<Serving>,
        reason: String,
    ) -> Gone {
        let new = new.map(Arc::new);
        let old = self.serving.swap(new.clone());
        let goes_on = |live: &Arc<LiveRevision>| new.as_ref().is_some_and(|new| new.has(live));
        let mut aborted = None;
        // First the store, then this: an execution that finds a live revision
        // retired finds the next one.
        if let Some(old) = &old {
            if !goes_on(&old.live) {
                old.live.running.retire();
            }
            if let Some(trial) = &old.trial
                && !goes_on(&trial.live)
            {
                trial.live.running.retire();
                let reason = reason.clone();
                history.note(&trial.live, ChangeKind::Aborted { reason }, String::new());
                aborted = Some(Arc::clone(&trial.live.revision.id));
            }
        }
        let keep = if new.is_some() { shared.kept } else { 0 };
        let kept = history.prune(new.as_deref(), keep);
        drop(history);
        if let Some(id) = aborted {
            shared.tell(self.name(), &id, SwapKind::Aborted { reason });
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
    _kept: Vec<Arc<AdmittedComponent>>,
}
