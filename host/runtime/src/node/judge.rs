//! What happens when a node keeps breaking.

use std::sync::Arc;

use crate::limits::millis;
use crate::node::back::Back;
use crate::node::callers::Caller;
use crate::node::health::HealthChange;
use crate::node::live::LiveRevision;
use crate::node::{Shared, Slot};
use crate::outcome::Outcome;
use crate::swap::{ChangeKind, SwapKind};

impl Slot {
    /// Acts on a finding about a live revision.
    pub(super) fn judge(
        &self,
        shared: &Shared,
        live: &Arc<LiveRevision>,
        outcome: &Outcome,
        probe: bool,
        caller: &Caller<'_>,
    ) {
        if outcome.attempts > 0 {
            self.callers.saw(caller);
        }
        let admitted = &live.revision.admitted;
        match live.health.saw(outcome, &admitted.limits, probe, caller) {
            HealthChange::Fine => {}
            HealthChange::Burst { reason, new } => {
                let Some(serving) = self.state() else { return };
                match &serving.trial {
                    Some(trial) if Arc::ptr_eq(&trial.live, live) => {
                        if trial.is_worse_than(&serving.live) {
                            self.give_up(shared, &serving, live, reason);
                        }
                    }
                    // Without a protection, only canaries are measured, by the default one.
                    _ if admitted.protection.is_none() => {}
                    _ => self.burst(shared, live, reason, new),
                }
            }
            HealthChange::Recovered => {
                self.revisions()
                    .note(live, ChangeKind::Recovered, String::new());
                shared.tell(self.name(), &live.revision.id, SwapKind::Recovered);
            }
        }
    }

    /// Rolls back if this revision is new and the previous one may come back;
    /// otherwise quarantines the node.
    fn burst(&self, shared: &Shared, live: &Arc<LiveRevision>, reason: String, new: bool) {
        match new.then(|| self.retreat(shared, live, reason.clone())) {
            Some(Back::Done) => {}
            Some(Back::Closed(why)) => self.set_aside(shared, live, format!("{reason}; {why}")),
            Some(Back::Nothing) | None => self.set_aside(shared, live, reason),
        }
    }

    pub(super) fn set_aside(&self, shared: &Shared, live: &Arc<LiveRevision>, reason: String) {
        let serves = self.state().is_some_and(|serving| serving.has(live));
        let Some(rest) = live.health.set_aside().filter(|_| serves) else {
            return;
        };
        let how = ChangeKind::Quarantined {
            reason: reason.clone(),
        };
        self.revisions().note(live, how, String::new());
        let kind = SwapKind::Quarantined {
            reason,
            retry_after_ms: millis(rest),
        };
        shared.tell(self.name(), &live.revision.id, kind);
    }
}
