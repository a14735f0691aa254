//! Threads for one kind of blocking work.
//!
//! Each kind of work has its own bounded pool: work of one kind that is stuck
//! never blocks another kind. Within a pool, a user can't take more threads
//! than remain free for all the others. So even with a few greedy users, a new
//! one always finds a thread.

use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use tokio::runtime::{Builder, Handle, Runtime};
use tokio::sync::Notify;
use tokio::task::JoinHandle;

/// A bounded number of threads, started when needed and ended when idle.
pub(crate) struct Pool {
    /// Never runs a task: only its blocking threads are used.
    threads: Option<Runtime>,
    free: AtomicUsize,
    changed: Notify,
}

impl Pool {
    pub(crate) fn new(name: &'static str, threads: usize) -> io::Result<Pool> {
        let runtime = Builder::new_current_thread()
            .thread_name(name)
            .max_blocking_threads(threads)
            .build()?;
        Ok(Pool {
            threads: Some(runtime),
            free: AtomicUsize::new(threads),
            changed: Notify::new(),
        })
    }

    fn handle(&self) -> Option<&Handle> {
        self.threads.as_ref().map(Runtime::handle)
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        if let Some(threads) = self.threads.take() {
            threads.shutdown_background();
        }
    }
}

/// One user's part of a pool.
pub(crate) struct Part {
    pool: Arc<Pool>,
    taken: Arc<AtomicUsize>,
    most: usize,
}

impl Part {
    /// A part of `most` threads at most.
    pub(crate) fn new(pool: &Arc<Pool>, most: usize) -> Part {
        Part {
            pool: Arc::clone(pool),
            taken: Arc::default(),
            most: most.max(1),
        }
    }

    /// Waits for a thread, for ever if none becomes free.
    pub(crate) async fn take(&self) -> Place {
        loop {
            let mut changed = pin!(self.pool.changed.notified());
            // From here on no change is missed.
            changed.as_mut().enable();
            if let Some(place) = self.try_take() {
                return place;
            }
            changed.await;
        }
    }

    fn try_take(&self) -> Option<Place> {
        let taken = self.taken.fetch_add(1, SeqCst);
        let another = |free: usize| (taken < self.most && taken < free).then(|| free - 1);
        let free = self.pool.free.fetch_update(SeqCst, SeqCst, another);
        if free.is_err() {
            self.taken.fetch_sub(1, SeqCst);
            return None;
        }
        Some(Place {
            pool: Arc::clone(&self.pool),
            taken: Arc::clone(&self.taken),
        })
    }
}

/// A thread that is reserved until this is dropped.
pub(crate) struct Place {
    pool: Arc<Pool>,
    taken: Arc<AtomicUsize>,
}

impl Place {
    /// Runs the work on the thread. `None` if the pool has ended.
    pub(crate) fn run<T: Send + 'static>(
        self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Option<JoinHandle<T>> {
        let threads = self.pool.handle()?.clone();
        Some(threads.spawn_blocking(move || {
            let _place = self;
            work()
        }))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.taken.fetch_sub(1, SeqCst);
        self.pool.free.fetch_add(1, SeqCst);
        self.pool.changed.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn however_many_take_what_they_can_another_one_finds_a_thread() {
        let pool = Arc::new(Pool::new("test", 512).unwrap());
        let greedy: Vec<Part> = (0..16).map(|_| Part::new(&pool, 32)).collect();
        let taken: Vec<Vec<Place>> = greedy
            .iter()
            .map(|part| (0..64).map_while(|_| part.try_take()).collect())
            .collect();
        let of_each: Vec<usize> = taken.iter().map(Vec::len).collect();
        assert!(
            of_each.iter().all(|taken| (16..=32).contains(taken)),
            "{of_each:?}"
        );
        let other = Part::new(&pool, 32);
        let places: Vec<Place> = (0..8).map_while(|_| other.try_take()).collect();
        assert_eq!(places.len(), 8);
        drop((taken, places));
        assert_eq!(pool.free.load(SeqCst), 512);
        let places: Vec<Place> = (0..64).map_while(|_| other.try_take()).collect();
        assert_eq!(places.len(), 32);
    }

    #[test]
    fn whoever_waits_goes_on_when_a_thread_is_free() {
        let tokio = Builder::new_current_thread().build().unwrap();
        let pool = Arc::new(Pool::new("test", 1).unwrap());
        let part = Part::new(&pool, 4);
        let (release, released) = std::sync::mpsc::channel::<()>();
        tokio.block_on(async {
            let place = part.take().await;
            let first = place.run(move || released.recv()).unwrap();
            assert!(part.try_take().is_none());
            let mut second = pin!(part.take());
            let first_poll =
                std::future::poll_fn(|cx| std::task::Poll::Ready(second.as_mut().poll(cx)));
            assert!(first_poll.await.is_pending());
            release.send(()).unwrap();
            let name = || std::thread::current().name().map(str::to_owned);
            let name = second.await.run(name).unwrap().await.unwrap();
            assert_eq!(name.as_deref(), Some("test"));
            first.await.unwrap().unwrap();
        });
    }
}
