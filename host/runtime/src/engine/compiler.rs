//! Compiling, for no longer than a limit says.
//!
//! Where the host has named a program for it, each component is compiled in a
//! process of its own ([`child`](super::child)), which is ended when its time is
//! over.
//!
//! Otherwise it is compiled here, and such a compilation can't be stopped. So it
//! has a thread of its own, and whoever waits for it gives up when the time is
//! over. The thread goes on until it is done, and what it makes is thrown away:
//! the limit bounds how long a load takes, not what the machine spends on it.
//!
//! Only so many components are compiled at once, those that were left behind
//! included; others wait for their turn, and are refused at once when nobody
//! waits for any of those that run.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use wasmtime::component::Component;

use crate::engine::child::Program;
use crate::engine::compile_error::CompileError;
use crate::engine::weight;
use crate::engine::worker::STACK;

/// Components that are compiled at once. Each of them uses all processors.
const MAX_AT_ONCE: usize = 4;

/// Compiles components and counts those that it works on.
pub(crate) struct Compiler {
    program: Option<Program>,
    running: Arc<ExecutionTracker>,
}

/// What came of compiling.
pub(crate) enum Compiled {
    /// A component that this process has compiled.
    Here(Component),
    /// The code that the host's program has made.
    Apart(Vec<u8>),
}

#[derive(Default)]
struct ExecutionTracker {
    counts: Mutex<Counts>,
    changed: Condvar,
}

#[derive(Default)]
struct Counts {
    running: usize,
    /// Those of them that nobody waits for.
    abandoned: usize,
}

impl Compiler {
    /// Compiles with that program, or else in this process.
    pub(super) fn new(program: Option<Program>) -> Compiler {
        let running = Arc::default();
        Compiler { program, running }
    }

    /// Weighs and compiles a component.
    pub(crate) fn compile(
        &self,
        engine: &wasmtime::Engine,
        bytes: &Arc<Vec<u8>>,
        limit: Duration,
    ) -> Result<Compiled, CompileError> {
        let until = Instant::now() + limit;
        let place = Place::take(&self.running, until)?;
        match &self.program {
            Some(program) => program.compile(bytes, limit, until).map(Compiled::Apart),
            None => self
                .compile_here(place, engine, bytes, limit, until)
                .map(Compiled::Here),
        }
    }

    fn compile_here(
        &self,
        place: Place,
        engine: &wasmtime::Engine,
        bytes: &Arc<Vec<u8>>,
        limit: Duration,
        until: Instant,
    ) -> Result<Component, CompileError> {
        // Handed over only to one who takes it: a compilation that finds nobody
        // waiting knows that it was abandoned.
        let (done, compiled) = mpsc::sync_channel(0);
        let (engine, bytes) = (engine.clone(), Arc::clone(bytes));
        let work = move || {
            // All of it moves here, not only the field that is set below.
            let mut place = place;
            // The compiler is trusted to be correct, not to be free of panics
            // on inputs that nobody has tried.
            let compiled = catch_unwind(AssertUnwindSafe(|| {
                weight::check(&bytes).map_err(|refused| wasmtime::Error::msg(refused.0))?;
                Component::from_binary(&engine, &bytes)
            }));
            place.abandoned = done.send(compiled).is_err();
        };
        thread::Builder::new()
            .name("hospes-compile".to_owned())
            .stack_size(STACK)
            .spawn(work)
            .map_err(CompileError::Thread)?;
        match compiled.recv_timeout(until.saturating_duration_since(Instant::now())) {
            Ok(Ok(Ok(component))) => Ok(component),
            Ok(Ok(Err(error))) => Err(CompileError::Component(format!("{error:#}"))),
            Ok(Err(_)) | Err(RecvTimeoutError::Disconnected) => {
                Err(CompileError::Component("the compiler panicked".to_owned()))
            }
            Err(RecvTimeoutError::Timeout) => {
                // Counted before the receiver goes, and so before the thread
                // can find out.
                self.running.lock().abandoned += 1;
                self.running.changed.notify_all();
                Err(CompileError::Late(limit))
            }
        }
    }
}

impl ExecutionTracker {
    fn lock(&self) -> MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One of the components that are compiled, until it is dropped.
struct Place {
    running: Arc<ExecutionTracker>,
    abandoned: bool,
}

impl Place {
    fn take(running: &Arc<ExecutionTracker>, until: Instant) -> Result<Place, CompileError> {
        let mut counts = running.lock();
        while counts.running >= MAX_AT_ONCE {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() || counts.abandoned >= MAX_AT_ONCE {
                return Err(CompileError::Busy(counts.running));
            }
            let waited = running.changed.wait_timeout(counts, left);
            counts = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        counts.running += 1;
        Ok(Place {
            running: Arc::clone(running),
            abandoned: false,
        })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut counts = self.running.lock();
        counts.running -= 1;
        counts.abandoned -= usize::from(self.abandoned);
        drop(counts);
        self.running.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_waits_for_keeps_its_place_until_it_ends() {
        const FAR: Duration = Duration::from_secs(600);
        let running = Arc::<ExecutionTracker>::default();
        let take = |time| Place::take(&running, Instant::now() + time);
        let mut places: Vec<Place> = (0..MAX_AT_ONCE).map(|_| take(FAR).unwrap()).collect();

        // Others wait for their turn, and not for ever.
        assert!(matches!(
            take(Duration::from_millis(1)),
            Err(CompileError::Busy(MAX_AT_ONCE))
        ));
        thread::scope(|scope| {
            let waiting = scope.spawn(|| take(FAR));
            drop(places.pop());
            places.push(waiting.join().unwrap().unwrap());
        });

        // When nobody waits for any of them, nobody begins to.
        thread::scope(|scope| {
            let waiting = scope.spawn(|| take(FAR).is_err());
            running.lock().abandoned = MAX_AT_ONCE;
            running.changed.notify_all();
            assert!(waiting.join().unwrap());
        });
        assert!(take(FAR).is_err());

        if let Some(mut place) = places.pop() {
            place.abandoned = true;
        }
        let counts = running.lock();
        assert_eq!((counts.running, counts.abandoned), (3, 3));
        drop(counts);
        assert!(take(FAR).is_ok());
    }
}
