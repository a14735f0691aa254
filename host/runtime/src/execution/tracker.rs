//! Which executions run on one revision, and how they are ended.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};

use tokio::sync::Notify;

/// Counts the executions of one revision, and ends them if needed.
#[derive(Default)]
pub(crate) struct ExecutionTracker {
    executions: AtomicU64,
    retired: AtomicBool,
    cancelled: AtomicBool,
    idle: Notify,
    stop: Notify,
}

impl ExecutionTracker {
    /// Counts one execution in; `false` if the revision no longer serves.
    ///
    /// Counting comes first and checking second, while retiring a revision goes
    /// the other way round: so no execution slips in between unnoticed.
    pub(crate) fn enter(&self) -> bool {
        self.executions.fetch_add(1, SeqCst);
        if self.retired.load(SeqCst) {
            self.leave();
            return false;
        }
        true
    }

    /// Counts an execution out.
    pub(crate) fn leave(&self) {
        if self.executions.fetch_sub(1, SeqCst) == 1 && self.retired.load(SeqCst) {
            self.idle.notify_waiters();
        }
    }

    /// How many executions run.
    pub(crate) fn count(&self) -> u64 {
        self.executions.load(SeqCst)
    }

    /// Lets no further execution begin on the revision.
    pub(crate) fn retire(&self) {
        self.retired.store(true, SeqCst);
    }

    /// Ends all executions that run.
    pub(crate) fn cancel(&self) {
        self.cancelled.store(true, SeqCst);
        self.stop.notify_waiters();
    }

    /// Waits until a retired revision has no execution left.
    pub(crate) async fn idle(&self) {
        loop {
            let idle = self.idle.notified();
            if self.count() == 0 {
                return;
            }
            idle.await;
        }
    }

    /// Waits until the executions are cancelled; for ever, if they never are.
    pub(crate) async fn stopped(&self) {
        let stop = self.stop.notified();
        if !self.cancelled.load(SeqCst) {
            stop.await;
        }
    }
}
