//! What a node's slot remembers: its history, the revisions kept for a
//! rollback, and old revisions on which executions still run.

use std::collections::VecDeque;
use std::sync::{Arc, Weak};
use std::time::SystemTime;

use crate::node::live::LiveRevision;
use crate::node::serving::Serving;
use crate::outcome::RevisionId;
use crate::revision::AdmittedComponent;
use crate::swap::{ChangeKind, HistoryEntry, RevisionState};

/// How many entries of the history are kept.
const RECORDS: usize = 64;

/// The memory of a slot. Its lock orders publishing.
#[derive(Default)]
pub(crate) struct RevisionHistory {
    /// The generation that was published last, or that removed the node last.
    pub(super) latest: u64,
    records: VecDeque<HistoryRecord>,
    /// Every live revision on which an execution may run.
    live: Vec<Weak<LiveRevision>>,
}

/// One change.
struct HistoryRecord {
    id: Arc<RevisionId>,
    at: SystemTime,
    how: ChangeKind,
    note: String,
    live: Weak<LiveRevision>,
    /// The component that a rollback publishes again.
    kept: Option<Arc<AdmittedComponent>>,
    /// It was rolled back from, or never served alone: no automatic rollback
    /// goes back to it.
    left: bool,
}

/// A revision that a rollback may go back to.
pub(super) struct Target {
    pub(super) id: Arc<RevisionId>,
    pub(super) admitted: Arc<AdmittedComponent>,
}

impl RevisionHistory {
    /// Records that a live revision was published.
    pub(super) fn published(&mut self, live: &Arc<LiveRevision>, how: ChangeKind, note: String) {
        self.latest = live.revision.id.generation;
        self.live.retain(|live| live.strong_count() > 0);
        self.live.push(Arc::downgrade(live));
        self.note(live, how, note);
    }

    /// Records a change of a live revision.
    pub(super) fn note(&mut self, live: &Arc<LiveRevision>, how: ChangeKind, note: String) {
        let removed = how == ChangeKind::Removed;
        // No automatic rollback goes back to a revision that has not served
        // alone.
        let left = matches!(how, ChangeKind::Tried { .. } | ChangeKind::Aborted { .. });
        let admitted = &live.revision.admitted;
        self.records.push_back(HistoryRecord {
            id: Arc::clone(&live.revision.id),
            at: SystemTime::now(),
            how,
            note,
            live: Arc::downgrade(live),
            kept: (!removed).then(|| Arc::clone(admitted)),
            left,
        });
    }

    /// Removes everything that is too old. Returns what it removed, so that it
    /// is dropped outside the lock.
    pub(super) fn prune(
        &mut self,
        serving: Option<&Serving>,
        keep: usize,
    ) -> Vec<Arc<AdmittedComponent>> {
        let mut kept: Vec<Arc<AdmittedComponent>> = Vec::new();
        let mut gone = Vec::new();
        for record in self.records.iter_mut().rev() {
            let Some(admitted) = &record.kept else {
                continue;
            };
            let serves = |live: &LiveRevision| Arc::ptr_eq(&live.revision.admitted, admitted);
            if serving.is_some_and(|serving| serves(&serving.live))
                || kept.iter().any(|other| Arc::ptr_eq(other, admitted))
            {
                continue;
            }
            if kept.len() < keep {
                kept.push(Arc::clone(admitted));
            } else {
                gone.extend(record.kept.take());
            }
        }
        while self.records.len() > RECORDS {
            gone.extend(self.records.pop_front().and_then(|record| record.kept));
        }
        gone
    }

    /// Marks the revision that serves as rolled back from.
    pub(super) fn leave(&mut self, live: &LiveRevision) {
        for record in &mut self.records {
            let same = |kept: &Arc<AdmittedComponent>| Arc::ptr_eq(kept, &live.revision.admitted);
            record.left |= record.kept.as_ref().is_some_and(same);
        }
    }

    /// Takes that mark back, because the revision serves again.
    pub(super) fn come_back(&mut self, live: &LiveRevision) {
        for record in &mut self.records {
            let same = |kept: &Arc<AdmittedComponent>| Arc::ptr_eq(kept, &live.revision.admitted);
            record.left &= !record.kept.as_ref().is_some_and(same);
        }
    }

    /// The revision that a rollback goes back to: the generation asked for, or
    /// otherwise the latest other one that was not rolled back from. If there
    /// is none, the generations that are kept.
    pub(super) fn target(
        &self,
        to: Option<u64>,
        serving: Option<&LiveRevision>,
    ) -> Result<Target, Vec<u64>> {
        let serves = |admitted: &Arc<AdmittedComponent>| {
            serving.is_some_and(|live| Arc::ptr_eq(&live.revision.admitted, admitted))
        };
        let fits = |record: &&HistoryRecord| match to {
            Some(generation) => record.id.generation == generation && record.kept.is_some(),
            None => !record.left && record.kept.as_ref().is_some_and(|kept| !serves(kept)),
        };
        let record = self.records.iter().rev().find(fits);
        let target = record.and_then(|record| {
            Some(Target {
                id: Arc::clone(&record.id),
                admitted: Arc::clone(record.kept.as_ref()?),
            })
        });
        target.ok_or_else(|| {
            let kept = self.records.iter().filter(|record| record.kept.is_some());
            kept.map(|record| record.id.generation).collect()
        })
    }

    /// Every live revision that still exists, to be dropped outside the lock.
    pub(super) fn live(&self) -> Vec<Arc<LiveRevision>> {
        self.live.iter().filter_map(Weak::upgrade).collect()
    }

    /// The history, oldest first. The live revisions that it reads are left in
    /// `seen`, to be dropped outside the lock: dropping the last reference to
    /// one calls the observer.
    pub(super) fn history(
        &self,
        serving: Option<&Serving>,
        seen: &mut Vec<Arc<LiveRevision>>,
    ) -> Vec<HistoryEntry> {
        let entry = |record: &HistoryRecord| {
            let live = record.live.upgrade();
            seen.extend(live.clone());
            let running = live.as_ref().map_or(0, |live| live.running.count());
            let is = |state: fn(&Serving, &Arc<LiveRevision>) -> bool| {
                let both = serving.zip(live.as_ref());
                both.is_some_and(|(serving, live)| state(serving, live))
            };
            let (tries, serves) = (is(Serving::tries), is(Serving::has));
            HistoryEntry {
                revision: Arc::clone(&record.id),
                at: record.at,
                how: record.how.clone(),
                note: record.note.clone(),
                running,
                state: match (&record.kept, running) {
                    _ if tries => RevisionState::Trial,
                    _ if serves => RevisionState::Serving,
                    (_, 1..) => RevisionState::Draining,
                    (Some(_), 0) => RevisionState::Kept,
                    (None, 0) => RevisionState::Freed,
                },
            }
        };
        self.records.iter().map(entry).collect()
    }
}
