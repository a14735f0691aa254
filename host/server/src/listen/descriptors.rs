//! The limit of files and sockets that the process may open.

/// Raises the limit as far as an unprivileged process can, and returns it.
pub(crate) fn raise() -> u64 {
    let raised = rlimit::increase_nofile_limit(u64::MAX);
    raised.unwrap_or_else(|error| {
        tracing::warn!(target: "hospes::serve", %error, "can't raise the limit of open files");
        // The least that any system has.
        256
    })
}
