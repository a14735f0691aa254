//! Compiling within a time limit.
//!
//! If the host names a program for it, each component is compiled in a separate
//! process ([`child`](super::child)), which is killed when its time is up.
//!
//! Otherwise it is compiled here, and such a compilation can't be stopped. So
//! it runs on a separate thread, and its caller gives up when the time is up.
//! The thread continues until it is done, and its result is dropped: the limit
//! bounds how long a load takes, not what the machine spends on it.
//!
//! At most four components are compiled at once, abandoned ones included.
//! Others wait for their turn, and are refused at once if all that run are
//! abandoned.

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

/// How many components are compiled at once. Each of them uses all processors.
const MAX_AT_ONCE: usize = 4;

/// Compiles components and counts those in progress.
pub(crate) struct Compiler {
    program: Option<Program>,
    running: Arc<RunningCompilers>,
}

/// The result of compiling.
pub(crate) enum Compiled {
    /// A component that this process has compiled.
    Here(Component),
    /// The code that the host's program has produced.
    Apart(Vec<u8>),
}

#[derive(Default)]
struct RunningCompilers {
    counts: Mutex<Counts>,
    changed: Condvar,
}

#[derive(Default)]
struct Counts {
    running: usize,
    /// How many of them were abandoned.
    abandoned: usize,
}

impl Compiler {
    /// Compiles with that program, or in this process if there is none.
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
        let permit = Permit::take(&self.running, until)?;
        match &self.program {
            Some(program) => program.compile(bytes, limit, until).map(Compiled::Apart),
            None => self
                .compile_here(permit, engine, bytes, limit, until)
                .map(Compiled::Here),
        }
    }

    fn compile_here(
        &self,
        permit: Permit,
        engine: &wasmtime::Engine,
        bytes: &Arc<Vec<u8>>,
        limit: Duration,
        until: Instant,
    ) -> Result<Component, CompileError> {
        // Without a buffer, so that a compilation whose result is not received
        // knows that it was abandoned.
        let (done, compiled) = mpsc::sync_channel(0);
        let (engine, bytes) = (engine.clone(), Arc::clone(bytes));
        let work = move || {
            // All of it moves here, not only the field that is set below.
            let mut permit = permit;
            // The compiler is trusted to be correct, but not to be free of
            // panics on every input.
            let compiled = catch_unwind(AssertUnwindSafe(|| {
                weight::check(&bytes).map_err(|refused| wasmtime::Error::msg(refused.0))?;
                Component::from_binary(&engine, &bytes)
            }));
            permit.abandoned = done.send(compiled).is_err();
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
                // Counted before the receiver is dropped, and so before the
                // thread can notice.
                self.running.lock().abandoned += 1;
                self.running.changed.notify_all();
                Err(CompileError::Late(limit))
            }
        }
    }
}

impl RunningCompilers {
    fn lock(&self) -> MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One of the components that are being compiled, until it is dropped.
struct Permit {
    running: Arc<RunningCompilers>,
    abandoned: bool,
}

impl Permit {
    fn take(running: &Arc<RunningCompilers>, until: Instant) -> Result<Permit, CompileError> {
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
        Ok(Permit {
            running: Arc::clone(running),
            abandoned: false,
        })
    }
}

impl Drop for Permit {
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
        let running = Arc::<RunningCompilers>::default();
        let take = |time| Permit::take(&running, Instant::now() + time);
        let mut permits: Vec<Permit> = (0..MAX_AT_ONCE).map(|_| take(FAR).unwrap()).collect();

        // Others wait for their turn, but not for ever.
        assert!(matches!(
            take(Duration::from_millis(1)),
            Err(CompileError::Busy(MAX_AT_ONCE))
        ));
        thread::scope(|scope| {
            let waiting = scope.spawn(|| take(FAR));
            drop(permits.pop());
            permits.push(waiting.join().unwrap().unwrap());
        });

        // When all that run are abandoned, no caller starts to wait.
        thread::scope(|scope| {
            let waiting = scope.spawn(|| take(FAR).is_err());
            running.lock().abandoned = MAX_AT_ONCE;
            running.changed.notify_all();
            assert!(waiting.join().unwrap());
        });
        assert!(take(FAR).is_err());

        if let Some(mut permit) = permits.pop() {
            permit.abandoned = true;
        }
        let counts = running.lock();
        assert_eq!((counts.running, counts.abandoned), (3, 3));
        drop(counts);
        assert!(take(FAR).is_ok());
    }
}
