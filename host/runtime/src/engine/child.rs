//! Compiling in a separate process, which can be killed without any effect on
//! this one.
//!
//! The process reads the limits and the component from its standard input, sets
//! the limits for itself ([`worker`](super::worker)), and writes the result to
//! its standard output. That is native code, which runs in this process, so the
//! process is trusted as much as this one, and no other can write to that pipe.
//! It does not get the key that seals the compile cache: this process seals the
//! result.

use std::ffi::OsString;
use std::io::{self, Read, Write};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use crate::engine::compile_error::CompileError;
use crate::engine::worker::{self, Answer, Bounds};

/// The program that compiles, as the host has named it.
pub(crate) struct Program {
    pub(crate) path: PathBuf,
    pub(crate) args: Vec<OsString>,
    /// Bytes of memory that each compiling process may have.
    pub(crate) memory: u64,
}

impl Program {
    /// Compiles a component; returns the code, if it was done in time.
    pub(super) fn compile(
        &self,
        bytes: &Arc<Vec<u8>>,
        limit: Duration,
        until: Instant,
    ) -> Result<Vec<u8>, CompileError> {
        let mut process = self.start().map_err(CompileError::Program)?;
        let (input, output) = (process.0.stdin.take(), process.0.stdout.take());
        let (Some(mut input), Some(output)) = (input, output) else {
            return Err(CompileError::Ended(self.memory));
        };
        let request = Arc::clone(bytes);
        let bounds = Bounds {
            memory: self.memory,
            cpu: limit,
        };
        // If the pipe breaks, the result or its absence tells.
        let write = move || {
            _ = bounds
                .write(&mut input)
                .and_then(|()| input.write_all(&request));
        };
        spawn("hospes-compile-in", write)?;
        let (done, answer) = mpsc::sync_channel(1);
        let (most, id) = (self.memory, process.0.id());
        let read = move || {
            let mut answer = Vec::new();
            let read = output.take(most).read_to_end(&mut answer);
            wait_for_end(id);
            _ = done.send(read.map(|_| answer));
        };
        spawn("hospes-compile-out", read)?;
        let answer = match answer.recv_timeout(until.saturating_duration_since(Instant::now())) {
            Ok(Ok(answer)) => answer,
            Ok(Err(_)) | Err(RecvTimeoutError::Disconnected) => Vec::new(),
            Err(RecvTimeoutError::Timeout) => return Err(CompileError::Late(limit)),
        };
        let status = process.0.wait().map_err(CompileError::Program)?;
        match worker::read(answer).filter(|_| status.success()) {
            Some(Answer::Code(code)) => Ok(code),
            Some(Answer::Refused(message)) => Err(CompileError::Component(message)),
            None if ran_out_of_time(status) => Err(CompileError::Late(limit)),
            None => Err(CompileError::Ended(self.memory)),
        }
    }

    fn start(&self) -> io::Result<Process> {
        // All files that this process opened or inherited without marking them
        // close-on-exec.
        #[cfg(unix)]
        close_fds::set_fds_cloexec_threadsafe(3, &[]);
        let mut command = Command::new(&self.path);
        command
            .args(&self.args)
            .env_clear()
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        command.spawn().map(Process)
    }
}

/// A process that is killed when it is dropped.
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        // The process may already have ended, which is fine.
        _ = self.0.kill();
        _ = self.0.wait();
    }
}

fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> Result<(), CompileError> {
    let thread = thread::Builder::new().name(name.to_owned());
    thread.spawn(work).map_err(CompileError::Thread)?;
    Ok(())
}

/// Waits for the end of a process that has written its whole result. Its status
/// is left for its owner to collect; if the owner has it already, or has killed
/// the process, there is nothing to wait for.
#[cfg(unix)]
fn wait_for_end(id: u32) {
    use rustix::io::Errno;
    use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};

    let id = i32::try_from(id).ok().and_then(Pid::from_raw);
    let Some(id) = id else { return };
    let ended = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
    while matches!(waitid(WaitId::Pid(id), ended), Err(Errno::INTR)) {}
}

#[cfg(not(unix))]
fn wait_for_end(_id: u32) {}

#[cfg(unix)]
fn ran_out_of_time(status: ExitStatus) -> bool {
    use std::os::unix::process::ExitStatusExt;

    status.signal() == Some(rustix::process::Signal::XCPU.as_raw())
}

#[cfg(not(unix))]
fn ran_out_of_time(_status: ExitStatus) -> bool {
    false
}
