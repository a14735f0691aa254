//! How many executions of a node run at once, and how many may wait.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::sync::{Mutex, PoisonError};

use tokio::sync::{Semaphore, SemaphorePermit};

use crate::limits::Limits;
use crate::outcome::Fault;

/// The places of one node and the queue before them. All revisions of the node
/// share them, so that a swap never lets more executions run than the limit
/// says; the limit itself is that of the revision that serves.
pub(crate) struct Places {
    free: Semaphore,
    size: Mutex<usize>,
    /// Places that are one too many: each is given up with an execution's end.
    owed: AtomicUsize,
    waiting: AtomicU64,
}

impl Places {
    pub(crate) fn new() -> Places {
        Places {
            free: Semaphore::new(0),
            size: Mutex::new(0),
            owed: AtomicUsize::new(0),
            waiting: AtomicU64::new(0),
        }
    }

    /// Makes it as many places as the limits say.
    pub(crate) fn resize(&self, limits: &Limits) {
        let places = usize::try_from(limits.concurrency).unwrap_or(usize::MAX);
        let places = places.min(Semaphore::MAX_PERMITS);
        let mut size = self.size.lock().unwrap_or_else(PoisonError::into_inner);
        for _ in *size..places {
            if !self.pay() {
                self.free.add_permits(1);
            }
        }
        let too_many = size.saturating_sub(places);
        let taken = too_many - self.free.forget_permits(too_many);
        self.owed.fetch_add(taken, Relaxed);
        *size = places;
    }

    /// Executions that wait.
    pub(crate) fn waiting(&self) -> u64 {
        self.waiting.load(Relaxed)
    }

    /// Takes a place, waiting for one if the queue has room. Never waits
    /// without bound: the caller has a deadline.
    pub(crate) async fn enter(&self, limits: &Limits) -> Result<Place<'_>, Fault> {
        if let Ok(permit) = self.free.try_acquire() {
            return Ok(Place::new(self, permit));
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
        // The semaphore is never closed; were it, there would be no place.
        let permit = self.free.acquire().await;
        permit
            .map(|permit| Place::new(self, permit))
            .map_err(|_closed| overloaded())
    }

    /// Gives up one of the places that are too many, if there are any.
    fn pay(&self) -> bool {
        self.owed.load(Relaxed) > 0
            && self
                .owed
                .fetch_update(Relaxed, Relaxed, |owed| owed.checked_sub(1))
                .is_ok()
    }
}

/// One execution's place.
pub(crate) struct Place<'a> {
    places: &'a Places,
    permit: Option<SemaphorePermit<'a>>,
}

impl<'a> Place<'a> {
    fn new(places: &'a Places, permit: SemaphorePermit<'a>) -> Place<'a> {
        Place {
            places,
            permit: Some(permit),
        }
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        if self.places.pay()
            && let Some(permit) = self.permit.take()
        {
            permit.forget();
        }
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

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    fn limits(concurrency: u64) -> Limits {
        Limits {
            concurrency,
            queue: 0,
            ..Limits::default()
        }
    }

    fn enter(places: &Places) -> Option<Place<'_>> {
        places.enter(&limits(0)).now_or_never()?.ok()
    }

    #[test]
    fn fewer_places_hold_as_soon_as_executions_end() {
        let places = Places::new();
        places.resize(&limits(3));
        let taken: Vec<_> = (0..4).map_while(|_| enter(&places)).collect();
        assert_eq!(taken.len(), 3);
        places.resize(&limits(1));
        let mut taken = taken.into_iter();
        drop(taken.next());
        assert!(enter(&places).is_none(), "two still run");
        drop(taken.next());
        assert!(enter(&places).is_none(), "one still runs");
        drop(taken.next());
        let last = enter(&places).unwrap();
        assert!(enter(&places).is_none());
        drop(last);
        assert!(enter(&places).is_some());
    }

    #[test]
    fn more_places_are_there_at_once_even_if_some_were_owed() {
        let places = Places::new();
        places.resize(&limits(2));
        let first = (enter(&places).unwrap(), enter(&places).unwrap());
        places.resize(&limits(1));
        places.resize(&limits(3));
        let third = enter(&places).unwrap();
        assert!(enter(&places).is_none());
        drop((first, third));
        let all: Vec<_> = (0..4).map_while(|_| enter(&places)).collect();
        assert_eq!(all.len(), 3);
    }
}
