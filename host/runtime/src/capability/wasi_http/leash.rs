//! Requests never outlive their attempt.
//!
//! wasmtime runs a request of `wasi:http` 0.2 in a task of its own, and aborts
//! the task when the guest or the store lets go of it: the task is then dropped
//! whenever its thread comes round to it. That is too late for an outcome which
//! says what the execution has sent, so the requests of an attempt are dropped
//! together with its store, here and now.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::task::{Context, Poll};

use wasmtime_wasi_http::{Error, Result};

/// A request on its way, until it has ended or been let go.
type Slot<T> = Mutex<Option<Pin<Box<dyn Future<Output = Result<T>> + Send>>>>;

/// Holds the requests of one attempt.
pub(super) struct Leash<T>(Vec<Weak<Slot<T>>>);

impl<T> Leash<T> {
    pub(super) fn new() -> Leash<T> {
        Leash(Vec::new())
    }

    /// The same request, which ends with this leash at the latest.
    pub(super) fn hold(
        &mut self,
        request: impl Future<Output = Result<T>> + Send + 'static,
    ) -> Held<T> {
        self.0.retain(|slot| slot.strong_count() > 0);
        let slot: Arc<Slot<T>> = Arc::new(Mutex::new(Some(Box::pin(request))));
        self.0.push(Arc::downgrade(&slot));
        Held(slot)
    }
}

impl<T> Drop for Leash<T> {
    fn drop(&mut self) {
        for slot in self.0.drain(..).filter_map(|slot| slot.upgrade()) {
            // Dropped after the lock is free again.
            let request = slot.lock().unwrap_or_else(PoisonError::into_inner).take();
            drop(request);
        }
    }
}

/// A request on a leash.
pub(super) struct Held<T>(Arc<Slot<T>>);

impl<T> Future for Held<T> {
    type Output = Result<T>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<T>> {
        let mut slot = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match slot.as_mut() {
            Some(request) => request.as_mut().poll(context),
            // The attempt is over, and nobody waits for this any more.
            None => Poll::Ready(Err(Error::ConnectionTerminated)),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};
    use std::task::Waker;

    use super::*;

    fn poll<T>(held: &mut Held<T>) -> Poll<Result<T>> {
        Pin::new(held).poll(&mut Context::from_waker(Waker::noop()))
    }

    #[test]
    fn a_request_is_dropped_with_its_leash_wherever_its_task_is() {
        let mut leash = Leash::new();
        let alive = Arc::new(());
        let inside = Arc::clone(&alive);
        let mut held = leash.hold(async move {
            let _inside = inside;
            pending().await
        });
        let mut other = leash.hold(ready(Ok(7)));
        assert!(matches!(poll(&mut other), Poll::Ready(Ok(7))));
        assert!(poll(&mut held).is_pending());
        assert_eq!(Arc::strong_count(&alive), 2);
        drop(leash);
        assert_eq!(Arc::strong_count(&alive), 1);
        assert!(matches!(
            poll(&mut held),
            Poll::Ready(Err(Error::ConnectionTerminated))
        ));
    }

    #[test]
    fn a_leash_forgets_what_has_ended() {
        let mut leash = Leash::new();
        for _ in 0..100 {
            drop(leash.hold(ready(Ok(()))));
        }
        let _held = leash.hold(ready(Ok(())));
        assert_eq!(leash.0.len(), 1);
    }
}
