//! What one execution uses: time, CPU time, memory.
//!
//! CPU time is what the thread uses while it polls the guest's future. Reading
//! it costs a system call, so it is not read for short guests: until a guest
//! has computed for a tick, the wall time of its polls is counted instead, at
//! most one tick for each. From then on, or from the beginning if `measure` was
//! called, a processor that is busy with other work costs the guest nothing.

use std::fmt;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use crate::cpu;
use crate::engine::ticker::TICK;

/// What one execution has used so far. Its attempts share it, and it outlives a
/// store that was dropped in mid-flight. Times are in nanoseconds.
pub(crate) struct Meter {
    start: Instant,
    deadline: Instant,
    /// CPU time of the attempts before this one.
    cpu_before: AtomicU64,
    /// CPU time of this attempt up to the latest poll.
    cpu: AtomicU64,
    /// When the poll in progress began, counted from `start`.
    poll_began: AtomicU64,
    /// The thread's CPU time at that moment, or `UNASKED`.
    cpu_began: AtomicU64,
    /// When the guest last used up a slice, or zero while it runs.
    slice_ended: AtomicU64,
    /// How long it was ready to compute but did not get to.
    held_up: AtomicU64,
    memory_peak: AtomicU64,
    /// Whether the guest has used up a slice.
    computing: AtomicBool,
    /// Whether CPU time is read from the first poll.
    measured: AtomicBool,
}

const UNASKED: u64 = u64::MAX;

impl Meter {
    pub(crate) fn new(deadline: Duration) -> Meter {
        let start = Instant::now();
        Meter {
            start,
            deadline: start + deadline,
            cpu_before: AtomicU64::new(0),
            cpu: AtomicU64::new(0),
            poll_began: AtomicU64::new(0),
            cpu_began: AtomicU64::new(UNASKED),
            slice_ended: AtomicU64::new(0),
            held_up: AtomicU64::new(0),
            memory_peak: AtomicU64::new(0),
            computing: AtomicBool::new(false),
            measured: AtomicBool::new(false),
        }
    }

    pub(crate) fn start(&self) -> Instant {
        self.start
    }

    pub(crate) fn deadline(&self) -> Instant {
        self.deadline
    }

    /// From the start to the deadline.
    pub(crate) fn time(&self) -> Duration {
        self.deadline - self.start
    }

    pub(crate) fn remaining(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }

    /// The next attempt starts with its CPU budget unspent.
    pub(crate) fn next_attempt(&self) {
        let spent = self.cpu.swap(0, Relaxed);
        self.cpu_before.fetch_add(spent, Relaxed);
    }

    /// Runs the guest's future and counts the CPU time of its polls; waiting
    /// does not count.
    pub(crate) async fn run<F: Future>(&self, future: F) -> F::Output {
        let mut future = pin!(future);
        poll_fn(|cx| {
            self.begin_poll();
            let result = future.as_mut().poll(cx);
            self.end_poll();
            result
        })
        .await
    }

    pub(crate) fn cpu(&self) -> Duration {
        Duration::from_nanos(self.cpu_before.load(Relaxed) + self.cpu.load(Relaxed))
    }

    /// Reads the CPU time from now on, however short the polls are.
    pub(crate) fn measure(&self) {
        self.measured.store(true, Relaxed);
    }

    /// Whether [`Meter::cpu`] is CPU time, and not the wall time of short polls.
    pub(crate) fn is_exact(&self) -> bool {
        self.measured.load(Relaxed) || self.is_computing()
    }

    /// Whether a guest has computed for a whole slice.
    pub(crate) fn is_computing(&self) -> bool {
        self.computing.load(Relaxed)
    }

    /// How long the guest was ready to compute but waited for busy threads or
    /// processors.
    pub(crate) fn held_up(&self) -> Duration {
        Duration::from_nanos(self.held_up.load(Relaxed))
    }

    pub(crate) fn saw_memory(&self, bytes: u64) {
        self.memory_peak.fetch_max(bytes, Relaxed);
    }

    pub(crate) fn memory_peak(&self) -> u64 {
        self.memory_peak.load(Relaxed)
    }

    fn begin_poll(&self) {
        let now = self.nanos();
        self.poll_began.store(now, Relaxed);
        let asks = self.is_exact() || self.cpu.load(Relaxed) >= nanos(TICK);
        let cpu = if asks { cpu::of_this_thread() } else { None };
        self.cpu_began.store(cpu.unwrap_or(UNASKED), Relaxed);
        if asks {
            let ended = self.slice_ended.swap(0, Relaxed);
            let waited = if ended == 0 {
                0
            } else {
                now.saturating_sub(ended)
            };
            self.held_up.fetch_add(waited, Relaxed);
        }
    }

    fn end_poll(&self) {
        let now = self.nanos();
        let used = self.used(now);
        self.cpu.fetch_add(used, Relaxed);
        if self.is_computing() {
            let poll = now.saturating_sub(self.poll_began.load(Relaxed));
            self.held_up.fetch_add(poll.saturating_sub(used), Relaxed);
        }
    }

    /// The CPU time of the poll in progress.
    fn used(&self, now: u64) -> u64 {
        let wall = now.saturating_sub(self.poll_began.load(Relaxed));
        let began = self.cpu_began.load(Relaxed);
        if began == UNASKED {
            return wall.min(nanos(TICK));
        }
        cpu::of_this_thread().map_or(wall, |cpu| cpu.saturating_sub(began))
    }

    /// Called at every tick from within a poll.
    pub(super) fn tick(&self, cpu_limit: Duration) -> Tick {
        let now = self.nanos();
        if self.start + Duration::from_nanos(now) >= self.deadline {
            return Tick::Stop(Stopped::Deadline(self.time()));
        }
        let cpu = self.cpu.load(Relaxed) + self.used(now);
        if Duration::from_nanos(cpu) > cpu_limit {
            return Tick::Stop(Stopped::Cpu(cpu_limit));
        }
        // Ticks come by the clock: the first one may find a guest that has only
        // just begun.
        if cpu < nanos(TICK) {
            return Tick::GoOn;
        }
        self.computing.store(true, Relaxed);
        self.slice_ended.store(now, Relaxed);
        Tick::Yield
    }

    fn nanos(&self) -> u64 {
        nanos(self.start.elapsed())
    }
}

fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

/// What becomes of a guest at a tick.
pub(super) enum Tick {
    /// It has computed for less than a slice.
    GoOn,
    /// It has used up a slice.
    Yield,
    /// It has to end.
    Stop(Stopped),
}

/// The error that travels through the trap when a computing guest is stopped.
#[derive(Debug)]
pub(crate) enum Stopped {
    Deadline(Duration),
    Cpu(Duration),
}

impl fmt::Display for Stopped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Stopped::Deadline(_) => "the deadline has passed",
            Stopped::Cpu(_) => "the CPU time is used up",
        })
    }
}

impl std::error::Error for Stopped {}

#[cfg(test)]
mod tests {
    use std::task::{Context, Poll, Waker};
    use std::thread::sleep;

    use super::*;

    const LIMIT: Duration = Duration::from_millis(25);

    /// Polls something once that uses these times, and reads the meter as a
    /// tick does.
    fn poll(meter: &Meter, elsewhere: Duration, computes: Duration) -> Option<Stopped> {
        let work = async {
            sleep(elsewhere);
            let end = cpu::of_this_thread().unwrap_or(0) + nanos(computes);
            while cpu::of_this_thread().is_some_and(|now| now < end) {}
            match meter.tick(LIMIT) {
                Tick::Stop(stopped) => Some(stopped),
                Tick::GoOn | Tick::Yield => None,
            }
        };
        let run = pin!(meter.run(work));
        match run.poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(stopped) => stopped,
            Poll::Pending => None,
        }
    }

    #[test]
    fn a_busy_processor_is_not_the_guests_cpu_time() {
        let meter = Meter::new(Duration::from_secs(3600));
        for _ in 0..5 {
            assert!(poll(&meter, 2 * LIMIT, Duration::ZERO).is_none());
        }
        // A poll whose CPU time was not read counts as one tick at most.
        let cpu = meter.cpu();
        assert!((TICK..LIMIT).contains(&cpu), "{cpu:?}");
        let held_up = meter.held_up();
        assert!(held_up >= 9 * LIMIT, "{held_up:?}");
    }

    #[test]
    fn a_guest_that_computes_is_stopped_however_its_polls_are_cut() {
        let meter = Meter::new(Duration::from_secs(3600));
        let polls = (0..1000).map(|_| poll(&meter, Duration::ZERO, LIMIT / 50));
        let stopped = polls.flatten().next();
        assert!(matches!(stopped, Some(Stopped::Cpu(LIMIT))), "{stopped:?}");
    }

    #[test]
    fn a_tick_that_finds_a_guest_at_its_beginning_does_not_take_it_for_computing() {
        let meter = Meter::new(Duration::from_secs(3600));
        meter.measure();
        assert!(poll(&meter, 2 * LIMIT, Duration::ZERO).is_none());
        assert!(
            !meter.is_computing() && meter.cpu() < TICK,
            "{:?}",
            meter.cpu()
        );
        assert!(poll(&meter, Duration::ZERO, TICK).is_none());
        assert!(meter.is_computing());
    }
}
