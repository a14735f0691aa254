//! Compiling, for no longer than a limit says.
//!
//! A compilation can't be stopped. So it has a thread of its own, and whoever
//! waits for it gives up when the time is over. The thread goes on until it is
//! done, and what it makes is thrown away: the limit bounds how long a load
//! takes, not what the machine spends on it. Only so many may be left behind
//! that way; beyond that nothing is compiled until one of them has ended.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use wasmtime::component::Component;

use crate::engine::weight;

/// Compilations that nobody waits for any more, at most.
const MAX_ABANDONED: usize = 2;

/// The compiler's own recursion is bounded, but not by what a thread usually has.
const STACK: usize = 8 << 20;

/// Compiles components and counts what it had to leave behind.
#[derive(Default)]
pub(crate) struct Compiler {
    abandoned: Arc<AtomicUsize>,
}

/// Why there is no compiled component.
#[derive(Debug)]
pub(crate) enum CompileError {
    /// It does not validate or compile; says why.
    Component(String),
    /// It took longer than this.
    Late(Duration),
    /// Too many that took too long are still being compiled.
    Busy(usize),
    /// There is no thread for it.
    Thread(io::Error),
}

impl Compiler {
    /// Weighs and compiles a component.
    pub(crate) fn compile(
        &self,
        engine: &wasmtime::Engine,
        bytes: &Arc<Vec<u8>>,
        limit: Duration,
    ) -> Result<Component, CompileError> {
        if self.abandoned.load(Relaxed) >= MAX_ABANDONED {
            return Err(CompileError::Busy(MAX_ABANDONED));
        }
        // Handed over only to one who takes it: a compilation that finds nobody
        // waiting knows that it was abandoned.
        let (done, compiled) = mpsc::sync_channel(0);
        let (engine, bytes) = (engine.clone(), Arc::clone(bytes));
        let abandoned = Arc::clone(&self.abandoned);
        let work = move || {
            // The compiler is trusted to be correct, not to be free of panics
            // on inputs that nobody has tried.
            let compiled = catch_unwind(AssertUnwindSafe(|| {
                weight::check(&bytes)?;
                Component::from_binary(&engine, &bytes)
            }));
            if done.send(compiled).is_err() {
                abandoned.fetch_sub(1, Relaxed);
            }
        };
        thread::Builder::new()
            .name("hospes-compile".to_owned())
            .stack_size(STACK)
            .spawn(work)
            .map_err(CompileError::Thread)?;
        match compiled.recv_timeout(limit) {
            Ok(Ok(Ok(component))) => Ok(component),
            Ok(Ok(Err(error))) => Err(CompileError::Component(format!("{error:#}"))),
            Ok(Err(_)) | Err(RecvTimeoutError::Disconnected) => {
                Err(CompileError::Component("the compiler panicked".to_owned()))
            }
            Err(RecvTimeoutError::Timeout) => {
                // Counted before the receiver goes, and so before the thread
                // can find out.
                self.abandoned.fetch_add(1, Relaxed);
                Err(CompileError::Late(limit))
            }
        }
    }
}
