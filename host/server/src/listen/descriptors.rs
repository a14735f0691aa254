//! How many files and sockets the process may have open.

/// Raises the limit as far as it goes without anybody's leave, and tells it.
pub(crate) fn raise() -> u64 {
    let raised = rlimit::increase_nofile_limit(u64::MAX);
    raised.unwrap_or_else(|error| {
        tracing::warn!(target: "hospes::serve", %error, "can't raise the limit of open files");
        // What every system has at least.
        256
    })
}
