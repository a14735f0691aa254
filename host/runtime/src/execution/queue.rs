//! How many executions of a node run at once, and how many may wait.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use hospes_egress::semaphore::{Permit, ResizableSemaphore};

use crate::limits::Limits;
use crate::outcome::Fault;

/// The permits of one node and the queue for them. The limits are those of the
/// revision that serves.
pub(crate) struct ExecutionQueue {
    permits: ResizableSemaphore,
    waiting: AtomicU64,
}

impl ExecutionQueue {
    pub(crate) fn new() -> ExecutionQueue {
        ExecutionQueue {
            permits: ResizableSemaphore::new(0),
            waiting: AtomicU64::new(0),
        }
    }

    /// Changes the number of permits to what the limits say.
    pub(crate) fn resize(&self, limits: &Limits) {
        self.permits.resize(limits.concurrency);
    }

    /// Executions that wait.
    pub(crate) fn waiting(&self) -> u64 {
        self.waiting.load(Relaxed)
    }

    /// Takes a permit, and waits for one if the queue has room. The wait is
    /// bounded by the caller's deadline.
    pub(crate) async fn enter(&self, limits: &Limits) -> Result<Permit<'_>, Fault> {
        if let Some(place) = self.permits.try_take() {
            return Ok(place);
        }
        let overloaded = || Fault::Overloaded {
            message: format!(
                "{} executions of the node run and {} wait (limits `concurrency` and `queue`)",
                limits.concurrency, limits.queue
            ),
        };
        let _waiting = Waiting::new(&self.waiting);
        if self.waiting() > limits.queue {
            return Err(overloaded());
        }
        self.permits.take().await.ok_or_else(overloaded)
    }
}

/// Counts one waiting execution for as long as it lives, cancelled or not.
struct Waiting<'a>(&'a AtomicU64);

impl<'a> Waiting<'a> {
    fn new(waiting: &'a AtomicU64) -> Waiting<'a> {
        waiting.fetch_add(1, Relaxed);
        Waiting(waiting)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Relaxed);
    }
}
