//! A revision that takes part in serving: a canary or a shadow.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use serde_json::Value;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::context::Context;
use crate::node::live::LiveRevision;
use crate::swap::{Rollout, TrialStatus};

/// A live revision beside the one that serves.
pub(crate) struct Trial {
    pub(super) live: Arc<LiveRevision>,
    pub(super) rollout: Rollout,
    key: [u8; 32],
    /// The executions and faults of the serving live revision when the trial
    /// began.
    before: (u64, u64),
    /// The shadow's permits.
    places: Arc<Semaphore>,
    pub(super) differing: AtomicU64,
    skipped: AtomicU64,
}

impl Trial {
    pub(super) fn new(
        live: Arc<LiveRevision>,
        rollout: Rollout,
        key: [u8; 32],
        serving: &LiveRevision,
    ) -> Trial {
        let places = (live.revision.admitted.limits.concurrency / 4).max(1);
        let places = usize::try_from(places).unwrap_or(1);
        Trial {
            live,
            rollout,
            key,
            before: serving.health.counts(),
            places: Arc::new(Semaphore::new(places.min(Semaphore::MAX_PERMITS))),
            differing: AtomicU64::new(0),
            skipped: AtomicU64::new(0),
        }
    }

    /// Whether the canary gets an execution. Only the holder of the key can
    /// predict it: no caller can steer its executions onto a canary, to break
    /// it or to avoid it.
    pub(super) fn takes(&self, context: &Context, id: &str) -> bool {
        let Rollout::Canary { percent, key } = &self.rollout else {
            return false;
        };
        let value = key.as_ref().and_then(|key| variable(context, key));
        let admitted = &self.live.revision.admitted;
        // The hash includes the component, so that not always the same few
        // values get the new revision. It does not include the machine, so that
        // all hosts with one key choose alike.
        let mut hasher = blake3::Hasher::new_keyed(&self.key);
        for part in [&*admitted.node, &admitted.digest] {
            hasher.update(part.as_bytes()).update(&[0]);
        }
        hasher.update(value.as_deref().unwrap_or(id).as_bytes());
        let mut first = [0; 8];
        hasher.finalize_xof().fill(&mut first);
        u64::from_le_bytes(first) % 100 < u64::from(*percent)
    }

    /// A permit for one more execution of the shadow, if there is one.
    pub(super) fn shadow(&self) -> Option<OwnedSemaphorePermit> {
        if self.rollout != Rollout::Shadow {
            return None;
        }
        let place = Arc::clone(&self.places).try_acquire_owned().ok();
        if place.is_none() {
            self.skipped.fetch_add(1, Relaxed);
        }
        place
    }

    /// Whether it breaks more often than the serving live revision has since
    /// the trial began.
    pub(super) fn is_worse_than(&self, serving: &LiveRevision) -> bool {
        let (executions, faults) = self.live.health.counts();
        let (all, broken) = serving.health.counts();
        let all = all.saturating_sub(self.before.0);
        let broken = broken.saturating_sub(self.before.1);
        u128::from(faults) * u128::from(all) > u128::from(broken) * u128::from(executions)
            || all == 0
    }

    pub(super) fn status(&self) -> TrialStatus {
        let (executions, faults) = self.live.health.counts();
        TrialStatus {
            revision: Arc::clone(&self.live.revision.id),
            rollout: self.rollout.clone(),
            running: self.live.running.count(),
            executions,
            faults,
            differing: self.differing.load(Relaxed),
            skipped: self.skipped.load(Relaxed),
        }
    }
}

/// The value of a variable, as text that is equal for equal values.
fn variable(context: &Context, key: &str) -> Option<String> {
    let variables: Value = context.variables.as_ref()?.to().ok()?;
    Some(variables.get(key)?.to_string())
}
