//! The CPU time of the calling thread.

/// In nanoseconds. Costs a system call; `None` if the system does not report
/// it.
#[cfg(unix)]
pub(crate) fn of_this_thread() -> Option<u64> {
    use rustix::time::{ClockId, clock_gettime};

    let time = clock_gettime(ClockId::ThreadCPUTime);
    let seconds = u64::try_from(time.tv_sec).ok()?;
    let nanos = u64::try_from(time.tv_nsec).ok()?;
    seconds.checked_mul(1_000_000_000)?.checked_add(nanos)
}

/// Not available on this system.
#[cfg(not(unix))]
pub(crate) fn of_this_thread() -> Option<u64> {
    None
}
