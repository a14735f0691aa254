//! What a process holds: memory, threads, file descriptors.

use std::error::Error;
use std::fs;

use serde::Serialize;

/// Memory, threads and file descriptors of a process.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Held {
    /// Resident memory.
    pub memory_kib: u64,
    /// Threads of the operating system.
    pub threads: usize,
    /// Open file descriptors.
    pub descriptors: usize,
}

impl Held {
    /// Of the process with this id, or `self`.
    ///
    /// # Errors
    ///
    /// If there is no such process, or no `/proc`.
    pub fn of(process: &str) -> Result<Held, Box<dyn Error + Send + Sync>> {
        let status = fs::read_to_string(format!("/proc/{process}/status"))?;
        let memory = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let memory = memory.and_then(|memory| memory.trim().strip_suffix("kB"));
        Ok(Held {
            memory_kib: memory.ok_or("no VmRSS")?.trim().parse()?,
            threads: fs::read_dir(format!("/proc/{process}/task"))?.count(),
            descriptors: fs::read_dir(format!("/proc/{process}/fd"))?.count(),
        })
    }
}
