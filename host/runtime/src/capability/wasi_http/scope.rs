//! Requests start when a guest starts them, and never outlive their attempt.
//!
//! wasmtime runs each request of `wasi:http` 0.2 in a separate task, and aborts
//! the task when the guest or the store drops it. Such a task starts, and is
//! dropped, when its thread gets to it, which is too late in both cases: a
//! guest could start and drop requests for ever without the gate seeing one,
//! and an outcome has to tell what the execution sent. So the gate is called at
//! once, and the requests of an attempt are dropped with its store.

use std::mem::replace;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::{Context, Poll, Waker};

use wasmtime_wasi_http::{Error, Result};

/// Holds the requests of one attempt.
pub(super) struct RequestScope<T>(Vec<Weak<Mutex<Request<T>>>>);

/// A request in flight.
enum Request<T> {
    Waiting(Pin<Box<dyn Future<Output = Result<T>> + Send>>),
    Ended(Result<T>),
    Gone,
}

impl<T> RequestScope<T> {
    pub(super) fn new() -> RequestScope<T> {
        RequestScope(Vec::new())
    }

    /// Starts a request, which ends with this scope at the latest. Does not
    /// wait for it.
    pub(super) fn hold(
        &mut self,
        request: impl Future<Output = Result<T>> + Send + 'static,
    ) -> Held<T> {
        self.0.retain(|request| request.strong_count() > 0);
        let mut request = Box::pin(request);
        // The caller that waits for it polls again, and is woken then.
        let began = request
            .as_mut()
            .poll(&mut Context::from_waker(Waker::noop()));
        let request = Arc::new(Mutex::new(match began {
            Poll::Ready(result) => Request::Ended(result),
            Poll::Pending => Request::Waiting(request),
        }));
        self.0.push(Arc::downgrade(&request));
        Held(request)
    }
}

impl<T> Drop for RequestScope<T> {
    fn drop(&mut self) {
        for request in self.0.drain(..).filter_map(|request| request.upgrade()) {
            // Dropped after the lock is released.
            let request = replace(&mut *lock(&request), Request::Gone);
            drop(request);
        }
    }
}

/// A request in a scope.
pub(super) struct Held<T>(Arc<Mutex<Request<T>>>);

impl<T> Future for Held<T> {
    type Output = Result<T>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<T>> {
        let mut request = lock(&self.0);
        if let Request::Waiting(waiting) = &mut *request {
            return waiting.as_mut().poll(context);
        }
        Poll::Ready(match replace(&mut *request, Request::Gone) {
            Request::Ended(result) => result,
            // The attempt has ended, so nothing waits for this any more.
            _ => Err(Error::ConnectionTerminated),
        })
    }
}

fn lock<T>(request: &Mutex<Request<T>>) -> MutexGuard<'_, Request<T>> {
    request.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};

    use super::*;

    fn poll<T>(held: &mut Held<T>) -> Poll<Result<T>> {
        Pin::new(held).poll(&mut Context::from_waker(Waker::noop()))
    }

    #[test]
    fn a_request_is_dropped_with_its_leash_wherever_its_task_is() {
        let mut scope = RequestScope::new();
        let alive = Arc::new(());
        let inside = Arc::clone(&alive);
        let mut held = scope.hold(async move {
            let _inside = inside;
            pending().await
        });
        let mut other = scope.hold(ready(Ok(7)));
        assert!(matches!(poll(&mut other), Poll::Ready(Ok(7))));
        assert!(poll(&mut held).is_pending());
        assert_eq!(Arc::strong_count(&alive), 2);
        drop(scope);
        assert_eq!(Arc::strong_count(&alive), 1);
        assert!(matches!(
            poll(&mut held),
            Poll::Ready(Err(Error::ConnectionTerminated))
        ));
    }

    #[test]
    fn a_request_begins_when_it_is_held_and_not_when_it_is_waited_for() {
        let mut scope = RequestScope::new();
        let (begin, began) = std::sync::mpsc::channel();
        let mut held = scope.hold(async move {
            begin.send(()).unwrap();
            Ok(())
        });
        assert_eq!(began.try_recv(), Ok(()));
        assert!(matches!(poll(&mut held), Poll::Ready(Ok(()))));
    }

    #[test]
    fn a_leash_forgets_what_has_ended() {
        let mut scope = RequestScope::new();
        for _ in 0..100 {
            drop(scope.hold(ready(Ok(()))));
        }
        let _held = scope.hold(ready(Ok(())));
        assert_eq!(scope.0.len(), 1);
    }
}
