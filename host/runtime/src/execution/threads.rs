//! The threads on which guests compute.
//!
//! A tokio runtime checks its sockets and timers every 61 polls. A guest that
//! computes takes a slice of 10 ms for each poll, so that two of them stop
//! everything else on the caller's threads for more than half a second. So an
//! execution stays with its caller while it waits or is short, which costs
//! nothing, and continues on these threads once it has used up a slice.
//! Executions of a revision that has computed for long before begin here.
//!
//! The system gives these threads less time than others where both want a
//! processor, so that computing guests don't delay the reading of sockets and
//! timers.

use std::future::poll_fn;
use std::io;
use std::panic::resume_unwind;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;
use std::time::Duration;

use tokio::runtime::{Builder, EnterGuard, Handle, Runtime};
use tokio::task::JoinHandle;
use tracing::Instrument;
use tracing::instrument::WithSubscriber;

use crate::engine::Meter;

/// Executions that compute for longer than this begin on the guests' threads:
/// moving there costs about a hundredth of it.
const LONG: Duration = Duration::from_millis(1);

/// How far the guests' threads stand back: ten steps of niceness leave a ninth
/// of the processor beside a thread that has none.
const NICENESS: i32 = 10;

/// A tokio runtime for guests, with a thread for each processor.
pub(crate) struct Threads {
    handle: Handle,
    runtime: Option<Runtime>,
}

impl Threads {
    pub(crate) fn start() -> io::Result<Threads> {
        let runtime = Builder::new_multi_thread()
            .thread_name("hospes-guest")
            .on_thread_start(stand_back)
            // After each poll, since each may take a slice.
            .event_interval(1)
            .enable_all()
            .build()?;
        Ok(Threads {
            handle: runtime.handle().clone(),
            runtime: Some(runtime),
        })
    }

    /// Lets this thread use the timers of the guests' threads.
    pub(crate) fn enter(&self) -> EnterGuard<'_> {
        self.handle.enter()
    }

    /// Runs something that no caller waits for.
    pub(crate) fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) {
        self.handle.spawn(work.with_current_subscriber());
    }

    /// Runs an execution on the caller's thread until it has computed for a
    /// slice, then on these threads. Dropping the future drops the execution at
    /// once, or at the end of its slice if a thread is running it. `None` if
    /// the threads have ended.
    pub(crate) async fn run<F>(&self, pace: &Pace, meter: &Meter, execution: F) -> Option<F::Output>
    where
        F: Future<Output: Send + 'static> + Send + 'static,
    {
        let mut execution = Box::pin(execution);
        if pace.is_marked() {
            meter.measure();
        }
        if !pace.is_long() {
            let here = poll_fn(|cx| match execution.as_mut().poll(cx) {
                Poll::Ready(ended) => Poll::Ready(Some(ended)),
                Poll::Pending if meter.is_computing() => Poll::Ready(None),
                Poll::Pending => Poll::Pending,
            });
            let ended = here.await;
            pace.saw(meter.cpu(), meter.is_exact());
            if ended.is_some() {
                return ended;
            }
        }
        let ended = Moved::spawn(&self.handle, execution).ended().await;
        pace.saw(meter.cpu(), meter.is_exact());
        ended
    }
}

impl Drop for Threads {
    fn drop(&mut self) {
        // Dropping a tokio runtime waits for its threads, which async callers
        // must not do.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// On Linux this applies to the calling thread. Elsewhere it would apply to the
/// whole process.
fn stand_back() {
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::nice(NICENESS) {
        tracing::debug!(target: "hospes", %error, "the guests' threads keep their priority");
    }
}

/// How long the executions of one revision compute.
#[derive(Default)]
pub(crate) struct Pace {
    /// In microseconds of CPU time.
    cpu: AtomicU64,
    /// Whether one took long by the clock, which a busy processor does to the
    /// shortest: the next one is measured.
    suspected: AtomicBool,
}

impl Pace {
    fn is_long(&self) -> bool {
        self.cpu.load(Relaxed) > micros(LONG)
    }

    fn is_marked(&self) -> bool {
        self.suspected.load(Relaxed) || self.is_long()
    }

    /// Rises at once and falls slowly. Repeated short executions cost no write.
    fn saw(&self, cpu: Duration, is_exact: bool) {
        let (cpu, before) = (micros(cpu), self.cpu.load(Relaxed));
        if is_exact {
            self.cpu.store(cpu.max(before - before / 8), Relaxed);
            self.suspected.store(false, Relaxed);
        } else if cpu > micros(LONG) {
            self.suspected.store(true, Relaxed);
        }
    }
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

/// An execution on the guests' threads, which its caller can drop from outside.
struct Moved<F: Future> {
    task: JoinHandle<F::Output>,
    execution: Arc<Mutex<Option<Pin<Box<F>>>>>,
}

impl<F> Moved<F>
where
    F: Future<Output: Send + 'static> + Send + 'static,
{
    fn spawn(threads: &Handle, execution: Pin<Box<F>>) -> Moved<F> {
        let execution = Arc::new(Mutex::new(Some(execution)));
        let polled = Arc::clone(&execution);
        let task = poll_fn(move |cx| {
            let mut execution = polled.lock().unwrap_or_else(PoisonError::into_inner);
            match execution.as_mut() {
                Some(execution) => execution.as_mut().poll(cx),
                // The caller has dropped it, and aborts this task.
                None => Poll::Pending,
            }
        });
        // For tracing, the task belongs to its caller's span.
        let task = task.in_current_span().with_current_subscriber();
        Moved {
            task: threads.spawn(task),
            execution,
        }
    }

    async fn ended(mut self) -> Option<F::Output> {
        match (&mut self.task).await {
            Ok(ended) => Some(ended),
            Err(error) => match error.try_into_panic() {
                Ok(panic) => resume_unwind(panic),
                Err(_cancelled) => None,
            },
        }
    }
}

impl<F: Future> Drop for Moved<F> {
    fn drop(&mut self) {
        self.task.abort();
        // Locked only while a thread runs it: that thread then drops it.
        let execution = self.execution.try_lock();
        let execution = execution.ok().and_then(|mut execution| execution.take());
        drop(execution);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pace_rises_at_once_and_falls_slowly() {
        let pace = Pace::default();
        pace.saw(LONG, true);
        assert!(!pace.is_long());
        pace.saw(LONG * 10, true);
        assert!(pace.is_long());
        let short = (0..).take_while(|_| {
            pace.saw(Duration::ZERO, true);
            pace.is_long()
        });
        assert!((10..30).contains(&short.count()));
    }

    #[test]
    fn what_a_busy_processor_held_up_is_measured_and_not_moved() {
        let pace = Pace::default();
        pace.saw(LONG * 10, false);
        assert!(pace.is_marked() && !pace.is_long());
        pace.saw(LONG / 10, true);
        assert!(!pace.is_marked());
    }
}
