//! Waiting for async work on a thread that must not enter a runtime.

use std::io;

/// Runs a future to its end on a new thread. Loading blocks anyway, and may be
/// called from within an async runtime, where a second one can't be entered.
/// `None` if it panicked.
pub(crate) fn block_on<T: Send, F: Future<Output = T>>(
    work: impl FnOnce() -> F + Send,
) -> io::Result<Option<T>> {
    std::thread::scope(|scope| {
        let run = || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_time()
                .build()?;
            Ok(runtime.block_on(work()))
        };
        let thread = std::thread::Builder::new()
            .name("hospes-load".to_owned())
            .spawn_scoped(scope, run)?;
        thread.join().ok().transpose()
    })
}
