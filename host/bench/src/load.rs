//! What is asked of a node while it is measured.

use std::time::Duration;

use hospes::{Context, Json};

/// The calls that a node gets while it is measured.
#[derive(Clone, Debug)]
pub struct Load {
    pub(crate) payload: Json,
    pub(crate) context: Context,
    pub(crate) callers: u32,
    pub(crate) duration: Duration,
}

impl Load {
    /// One caller that calls with this payload again and again for five seconds.
    pub fn new(payload: Json) -> Load {
        Load {
            payload,
            context: Context::new(),
            callers: 1,
            duration: Duration::from_secs(5),
        }
    }

    /// The context of each call. Defaults to an empty one.
    #[must_use]
    pub fn context(mut self, context: Context) -> Load {
        self.context = context;
        self
    }

    /// How many call at once, each as soon as its last call has ended. At least
    /// one. Defaults to 1.
    #[must_use]
    pub fn callers(mut self, callers: u32) -> Load {
        self.callers = callers.max(1);
        self
    }

    /// How long the node is called, all turns together; calls that have begun
    /// are finished. The same time is spent on bare wasmtime. Defaults to 5 s.
    #[must_use]
    pub fn duration(mut self, duration: Duration) -> Load {
        self.duration = duration;
        self
    }
}
