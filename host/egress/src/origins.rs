//! How many requests of a runtime's nodes are in flight to one origin. Each of
//! them holds a connection.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::send_error::SendError;

/// The default for the requests in flight to one origin.
pub const MAX_PER_ORIGIN: u32 = 128;

/// The origins that have requests in flight.
#[derive(Debug)]
pub struct Origins {
    /// How many requests may be in flight to one origin.
    most: usize,
    semaphores: Mutex<HashMap<Box<str>, Arc<Semaphore>>>,
}

impl Origins {
    /// Allows `most` requests in flight to each origin.
    pub fn new(most: u32) -> Arc<Origins> {
        Arc::new(Origins {
            most: usize::try_from(most).unwrap_or(usize::MAX).max(1),
            semaphores: Mutex::default(),
        })
    }

    /// Waits for a permit among the requests to an origin: first come, first
    /// served.
    pub(crate) async fn permit(
        self: &Arc<Origins>,
        origin: &str,
        until: Instant,
    ) -> Result<OriginPermit, SendError> {
        let mut waiting = OriginPermit {
            origin: origin.into(),
            origins: Arc::clone(self),
            permit: None,
        };
        let semaphore = self.of(origin);
        match tokio::time::timeout_at(until.into(), semaphore.acquire_owned()).await {
            Ok(Ok(permit)) => {
                waiting.permit = Some(permit);
                Ok(waiting)
            }
            _ => {
                let why = "there was no place among the requests to its origin in time";
                Err(SendError::Unreachable(why.to_owned()))
            }
        }
    }

    fn of(&self, origin: &str) -> Arc<Semaphore> {
        let mut semaphores = self.lock();
        if let Some(known) = semaphores.get(origin) {
            return Arc::clone(known);
        }
        let new = Arc::new(Semaphore::new(self.most));
        semaphores.insert(origin.into(), Arc::clone(&new));
        new
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Box<str>, Arc<Semaphore>>> {
        self.semaphores
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// A permit for a request to an origin, or a place in the queue for one. An
/// origin without requests is forgotten.
pub(crate) struct OriginPermit {
    origin: Box<str>,
    origins: Arc<Origins>,
    permit: Option<OwnedSemaphorePermit>,
}

impl Drop for OriginPermit {
    fn drop(&mut self) {
        drop(self.permit.take());
        let mut semaphores = self.origins.lock();
        // Every request that waits or is in flight holds it too, and got it
        // under this lock.
        let unused = |semaphore: &Arc<Semaphore>| Arc::strong_count(semaphore) == 1;
        if semaphores.get(&self.origin).is_some_and(unused) {
            semaphores.remove(&self.origin);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test]
    async fn no_more_requests_than_that_are_on_the_way_to_an_origin() {
        let far = || Instant::now() + Duration::from_secs(600);
        let origins = Origins::new(2);
        let first = origins.permit("https://a.example", far()).await.unwrap();
        let second = origins.permit("https://a.example", far()).await.unwrap();
        // One too many waits, but not for ever; other origins are unaffected.
        let late = origins.permit("https://a.example", Instant::now()).await;
        assert!(matches!(late, Err(SendError::Unreachable(_))));
        let other = origins.permit("https://b.example", far()).await.unwrap();
        let waiting = tokio::spawn({
            let origins = Arc::clone(&origins);
            async move { origins.permit("https://a.example", far()).await }
        });
        drop(first);
        let third = waiting.await.unwrap().unwrap();
        // Nothing is kept of an origin without requests.
        assert_eq!(origins.lock().len(), 2);
        drop((second, third, other));
        assert!(origins.lock().is_empty());
    }
}
