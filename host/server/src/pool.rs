//! Threads for one kind of blocking work, so that it never waits for work of
//! another kind.

use tokio::runtime::{Builder, Runtime};

use crate::error::{ApiError, INTERNAL};

/// A pool of threads that start when they are needed and end when they are idle.
pub(crate) struct Pool {
    /// Runs no tasks: only its threads for blocking work are used.
    threads: Option<Runtime>,
}

impl Pool {
    pub(crate) fn new(name: &'static str, threads: usize) -> std::io::Result<Pool> {
        let runtime = Builder::new_current_thread()
            .thread_name(name)
            .max_blocking_threads(threads)
            .build()?;
        Ok(Pool {
            threads: Some(runtime),
        })
    }

    /// Does the work on one of the threads. It continues if the caller stops
    /// waiting.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, ApiError> {
        let Some(threads) = &self.threads else {
            return Err(ApiError::new(&INTERNAL, "the server's threads have ended"));
        };
        let done = threads.spawn_blocking(work).await;
        done.map_err(|error| ApiError::new(&INTERNAL, error.to_string()))
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        // Dropping a tokio runtime waits for its threads, which is not allowed
        // inside a task.
        if let Some(threads) = self.threads.take() {
            threads.shutdown_background();
        }
    }
}

/// The kinds of work.
#[derive(Clone, Copy)]
pub(crate) enum Work {
    /// Compiling and checking a component, which may take long.
    Load,
    /// Any other change, so that none waits for a load.
    Change,
}

/// The threads for each kind of work.
pub(crate) struct Pools {
    loads: Pool,
    changes: Pool,
}

impl Pools {
    pub(crate) fn new() -> std::io::Result<Pools> {
        Ok(Pools {
            loads: Pool::new("hospes-load", 4)?,
            changes: Pool::new("hospes-change", 8)?,
        })
    }

    pub(crate) fn of(&self, work: Work) -> &Pool {
        match work {
            Work::Load => &self.loads,
            Work::Change => &self.changes,
        }
    }
}
