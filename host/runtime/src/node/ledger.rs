//! What a node's slot remembers: its history, the revisions kept for a
//! rollback, and the old ones on which executions still run.

use std::collections::VecDeque;
use std::sync::{Arc, Weak};
use std::time::SystemTime;

use crate::node::lane::Lane;
use crate::node::serving::Serving;
use crate::outcome::RevisionId;
use crate::revision::Admitted;
use crate::swap::{HistoryEntry, How, RevisionState};

/// Lines of history that are kept.
const LINES: usize = 64;

/// The memory of a slot; its lock orders what is published.
#[derive(Default)]
pub(crate) struct Ledger {
    /// The generation that was published, or that removed the node, last.
    pub(super) latest: u64,
    lines: VecDeque<Line>,
    /// Every lane on which an execution may run.
    lanes: Vec<Weak<Lane>>,
}

/// One thing that happened.
struct Line {
    id: Arc<RevisionId>,
    at: SystemTime,
    how: How,
    note: String,
    lane: Weak<Lane>,
    /// What a rollback publishes again.
    kept: Option<Arc<Admitted>>,
    /// It was rolled back from, or never served alone: nothing goes back to it
    /// by itself.
    left: bool,
}

/// What a rollback may go back to.
pub(super) struct Target {
    pub(super) id: Arc<RevisionId>,
    pub(super) admitted: Arc<Admitted>,
}

impl Ledger {
    /// Writes down that a lane was published.
    pub(super) fn published(&mut self, lane: &Arc<Lane>, how: How, note: String) {
        self.latest = lane.revision.id.generation;
        self.lanes.retain(|lane| lane.strong_count() > 0);
        self.lanes.push(Arc::downgrade(lane));
        self.note(lane, how, note);
    }

    /// Writes down that something happened to a lane.
    pub(super) fn note(&mut self, lane: &Arc<Lane>, how: How, note: String) {
        let removed = how == How::Removed;
        // What has not served alone is nothing to go back to by itself.
        let left = matches!(how, How::Tried { .. } | How::Aborted { .. });
        let admitted = &lane.revision.admitted;
        self.lines.push_back(Line {
            id: Arc::clone(&lane.revision.id),
            at: SystemTime::now(),
            how,
            note,
            lane: Arc::downgrade(lane),
            kept: (!removed).then(|| Arc::clone(admitted)),
            left,
        });
    }

    /// Lets go of everything that is too old. What is let go is given back, so
    /// that it is dropped outside the lock.
    pub(super) fn prune(&mut self, serving: Option<&Serving>, keep: usize) -> Vec<Arc<Admitted>> {
        let mut kept: Vec<Arc<Admitted>> = Vec::new();
        let mut gone = Vec::new();
        for line in self.lines.iter_mut().rev() {
            let Some(admitted) = &line.kept else { continue };
            let serves = |lane: &Lane| Arc::ptr_eq(&lane.revision.admitted, admitted);
            if serving.is_some_and(|serving| serves(&serving.lane))
                || kept.iter().any(|other| Arc::ptr_eq(other, admitted))
            {
                continue;
            }
            if kept.len() < keep {
                kept.push(Arc::clone(admitted));
            } else {
                gone.extend(line.kept.take());
            }
        }
        while self.lines.len() > LINES {
            gone.extend(self.lines.pop_front().and_then(|line| line.kept));
        }
        gone
    }

    /// Marks what serves now as something that was rolled back from.
    pub(super) fn leave(&mut self, lane: &Lane) {
        for line in &mut self.lines {
            let same = |kept: &Arc<Admitted>| Arc::ptr_eq(kept, &lane.revision.admitted);
            line.left |= line.kept.as_ref().is_some_and(same);
        }
    }

    /// Takes that back: it serves after all.
    pub(super) fn come_back(&mut self, lane: &Lane) {
        for line in &mut self.lines {
            let same = |kept: &Arc<Admitted>| Arc::ptr_eq(kept, &lane.revision.admitted);
            line.left &= !line.kept.as_ref().is_some_and(same);
        }
    }

    /// What a rollback goes back to: the generation asked for, or the latest
    /// other one that nothing was rolled back from. Otherwise the generations
    /// that are kept.
    pub(super) fn target(
        &self,
        to: Option<u64>,
        serving: Option<&Lane>,
    ) -> Result<Target, Vec<u64>> {
        let serves = |admitted: &Arc<Admitted>| {
            serving.is_some_and(|lane| Arc::ptr_eq(&lane.revision.admitted, admitted))
        };
        let fits = |line: &&Line| match to {
            Some(generation) => line.id.generation == generation && line.kept.is_some(),
            None => !line.left && line.kept.as_ref().is_some_and(|kept| !serves(kept)),
        };
        let line = self.lines.iter().rev().find(fits);
        let target = line.and_then(|line| {
            Some(Target {
                id: Arc::clone(&line.id),
                admitted: Arc::clone(line.kept.as_ref()?),
            })
        });
        target.ok_or_else(|| {
            let kept = self.lines.iter().filter(|line| line.kept.is_some());
            kept.map(|line| line.id.generation).collect()
        })
    }

    /// Every lane that still lives, to be dropped outside the lock.
    pub(super) fn lanes(&self) -> Vec<Arc<Lane>> {
        self.lanes.iter().filter_map(Weak::upgrade).collect()
    }

    /// The history, oldest first. Lanes that it looked at are left in `seen`, to
    /// be dropped outside the lock: with the last one of a lane the observer is
    /// told.
    pub(super) fn history(
        &self,
        serving: Option<&Serving>,
        seen: &mut Vec<Arc<Lane>>,
    ) -> Vec<HistoryEntry> {
        let entry = |line: &Line| {
            let lane = line.lane.upgrade();
            seen.extend(lane.clone());
            let running = lane.as_ref().map_or(0, |lane| lane.running.count());
            let is = |state: fn(&Serving, &Arc<Lane>) -> bool| {
                let both = serving.zip(lane.as_ref());
                both.is_some_and(|(serving, lane)| state(serving, lane))
            };
            let (tries, serves) = (is(Serving::tries), is(Serving::has));
            HistoryEntry {
                revision: Arc::clone(&line.id),
                at: line.at,
                how: line.how.clone(),
                note: line.note.clone(),
                running,
                state: match (&line.kept, running) {
                    _ if tries => RevisionState::Trial,
                    _ if serves => RevisionState::Serving,
                    (_, 1..) => RevisionState::Draining,
                    (Some(_), 0) => RevisionState::Kept,
                    (None, 0) => RevisionState::Freed,
                },
            }
        };
        self.lines.iter().map(entry).collect()
    }
}
