//! How many executions of a node run at once, and how many may wait.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::limits::Limits;
use crate::outcome::Fault;

/// The places of one revision and the queue before them.
pub(crate) struct Places {
    free: Arc<Semaphore>,
    waiting: AtomicU64,
    queue: u64,
    concurrency: u64,
}

impl Places {
    pub(crate) fn new(limits: &Limits) -> Places {
        let places = usize::try_from(limits.concurrency).unwrap_or(usize::MAX);
        Places {
            free: Arc::new(Semaphore::new(places.min(Semaphore::MAX_PERMITS))),
            waiting: AtomicU64::new(0),
            queue: limits.queue,
            concurrency: limits.concurrency,
        }
    }

    /// Takes a place, waiting for one if the queue has room. Never waits
    /// without bound: the caller has a deadline.
    pub(crate) async fn enter(&self) -> Result<OwnedSemaphorePermit, Fault> {
        if let Ok(place) = Arc::clone(&self.free).try_acquire_owned() {
            return Ok(place);
        }
        let _waiting = Waiting::new(&self.waiting);
        if self.waiting.load(Ordering::Relaxed) > self.queue {
            return Err(self.overloaded());
        }
        // The semaphore is never closed; were it, there would be no place.
        let place = Arc::clone(&self.free).acquire_owned().await;
        place.map_err(|_closed| self.overloaded())
    }

    fn overloaded(&self) -> Fault {
        Fault::Overloaded {
            message: format!(
                "{} executions of the node run and {} wait (limits `concurrency` and `queue`)",
                self.concurrency, self.queue
            ),
        }
    }
}

/// Counts one waiting execution for as long as it lives, cancelled or not.
struct Waiting<'a>(&'a AtomicU64);

impl<'a> Waiting<'a> {
    fn new(waiting: &'a AtomicU64) -> Waiting<'a> {
        waiting.fetch_add(1, Ordering::Relaxed);
        Waiting(waiting)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
