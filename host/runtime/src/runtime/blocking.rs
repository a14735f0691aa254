//! Waiting for an execution on the caller's thread.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

/// Polls a future on this thread until it is done. Unlike tokio's `block_on`,
/// it may be called on every thread that may block.
pub(super) fn block_on<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    let parked = Arc::new(Parked::here());
    let waker = Waker::from(Arc::clone(&parked));
    let mut context = Context::from_waker(&waker);
    loop {
        if let Poll::Ready(done) = future.as_mut().poll(&mut context) {
            return done;
        }
        while !parked.woken.swap(false, SeqCst) {
            thread::park();
        }
    }
}

/// Whether this thread runs the tasks of an async runtime, which would all have
/// to wait.
///
/// tokio shows it by how it treats a task that yields: on such a thread it
/// wakes the task after the others, and anywhere else at once.
pub(super) fn is_within_async() -> bool {
    let parked = Arc::new(Parked::here());
    let waker = Waker::from(Arc::clone(&parked));
    let others = pin!(tokio::task::yield_now());
    _ = others.poll(&mut Context::from_waker(&waker));
    !parked.woken.load(SeqCst)
}

struct Parked {
    thread: Thread,
    woken: AtomicBool,
}

impl Parked {
    fn here() -> Parked {
        Parked {
            thread: thread::current(),
            woken: AtomicBool::new(false),
        }
    }
}

impl Wake for Parked {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.woken.store(true, SeqCst);
        self.thread.unpark();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threads_that_run_tasks_are_told_from_those_that_may_block() {
        assert!(!is_within_async());
        let single = tokio::runtime::Builder::new_current_thread().build();
        let several = tokio::runtime::Builder::new_multi_thread().build();
        for tokio in [single.unwrap(), several.unwrap()] {
            let task = tokio.spawn(async { is_within_async() });
            let blocking = tokio.spawn_blocking(is_within_async);
            assert!(tokio.block_on(task).unwrap());
            assert!(!tokio.block_on(blocking).unwrap());
            let _entered = tokio.enter();
            assert!(!is_within_async());
        }
    }
}
