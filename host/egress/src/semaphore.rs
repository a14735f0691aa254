//! A semaphore whose number of permits may change while some are taken.

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Mutex, PoisonError};

use tokio::sync::{Semaphore, SemaphorePermit};

/// The permits of one node, which all its revisions share, so that a swap never
/// admits more than the limits say.
#[derive(Debug)]
pub struct ResizableSemaphore {
    free: Semaphore,
    size: Mutex<usize>,
    /// Surplus permits: each is removed when it is returned.
    owed: AtomicUsize,
}

impl ResizableSemaphore {
    /// A semaphore with `permits` permits, all of them free.
    pub fn new(permits: u64) -> ResizableSemaphore {
        let permits = count(permits);
        ResizableSemaphore {
            free: Semaphore::new(permits),
            size: Mutex::new(permits),
            owed: AtomicUsize::new(0),
        }
    }

    /// Changes the number of permits. Permits that are taken stay taken.
    pub fn resize(&self, permits: u64) {
        let permits = count(permits);
        let mut size = self.size.lock().unwrap_or_else(PoisonError::into_inner);
        let more = permits.saturating_sub(*size);
        let owed = |owed: usize| Some(owed.saturating_sub(more));
        let owed = self.owed.fetch_update(Relaxed, Relaxed, owed);
        let paid = owed.unwrap_or_default().min(more);
        self.free.add_permits(more - paid);
        let too_many = size.saturating_sub(permits);
        let taken = too_many - self.free.forget_permits(too_many);
        self.owed.fetch_add(taken, Relaxed);
        *size = permits;
    }

    /// Takes a permit if one is free.
    pub fn try_take(&self) -> Option<Permit<'_>> {
        let permit = self.free.try_acquire().ok()?;
        Some(Permit::new(self, permit))
    }

    /// Waits for a permit, for ever if none is returned.
    pub async fn take(&self) -> Option<Permit<'_>> {
        // The semaphore is never closed; if it were, there would be no permit.
        let permit = self.free.acquire().await.ok()?;
        Some(Permit::new(self, permit))
    }

    /// Removes one surplus permit, if there are any.
    fn pay(&self) -> bool {
        self.owed.load(Relaxed) > 0
            && self
                .owed
                .fetch_update(Relaxed, Relaxed, |owed| owed.checked_sub(1))
                .is_ok()
    }
}

fn count(permits: u64) -> usize {
    let permits = usize::try_from(permits).unwrap_or(usize::MAX);
    permits.min(Semaphore::MAX_PERMITS)
}

/// A permit that is taken; dropping it returns it.
#[derive(Debug)]
pub struct Permit<'a> {
    semaphore: &'a ResizableSemaphore,
    permit: Option<SemaphorePermit<'a>>,
}

impl<'a> Permit<'a> {
    fn new(semaphore: &'a ResizableSemaphore, permit: SemaphorePermit<'a>) -> Permit<'a> {
        Permit {
            semaphore,
            permit: Some(permit),
        }
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        if self.semaphore.pay()
            && let Some(permit) = self.permit.take()
        {
            permit.forget();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fewer_permits_hold_as_soon_as_one_comes_back() {
        let semaphore = ResizableSemaphore::new(3);
        let taken: Vec<_> = (0..4).map_while(|_| semaphore.try_take()).collect();
        assert_eq!(taken.len(), 3);
        semaphore.resize(1);
        let mut taken = taken.into_iter();
        drop(taken.next());
        assert!(semaphore.try_take().is_none(), "two are still taken");
        drop(taken.next());
        assert!(semaphore.try_take().is_none(), "one is still taken");
        drop(taken.next());
        let last = semaphore.try_take().unwrap();
        assert!(semaphore.try_take().is_none());
        drop(last);
        assert!(semaphore.try_take().is_some());
    }

    #[test]
    fn more_permits_are_there_at_once_even_if_some_were_owed() {
        let semaphore = ResizableSemaphore::new(2);
        let first = (semaphore.try_take().unwrap(), semaphore.try_take().unwrap());
        semaphore.resize(1);
        semaphore.resize(3);
        let third = semaphore.try_take().unwrap();
        assert!(semaphore.try_take().is_none());
        drop((first, third));
        let all: Vec<_> = (0..4).map_while(|_| semaphore.try_take()).collect();
        assert_eq!(all.len(), 3);
    }
}
