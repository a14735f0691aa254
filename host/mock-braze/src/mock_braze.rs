//! The running stand-in: what a test asks it.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::accepted::AcceptedObjects;
use crate::exchange::Exchange;
use crate::handler::Handler;
use crate::server::Server;

/// A running stand-in; it stops when dropped.
pub struct MockBraze {
    pub(crate) server: Server,
    pub(crate) handler: Arc<Handler>,
}

impl MockBraze {
    /// The base address to configure as the REST endpoint: `http://127.0.0.1:PORT`, without a trailing slash.
    pub fn url(&self) -> String {
        format!("http://{}", self.server.address())
    }

    /// The API key that is let in.
    pub fn key(&self) -> &str {
        self.handler.key()
    }

    /// What a real workspace would have queued so far, in order of arrival.
    pub fn accepted(&self) -> AcceptedObjects {
        self.handler.accepted()
    }

    /// Every request decided so far with what was answered, in order of arrival.
    ///
    /// A request is decided before its answer leaves, and before any scripted delay begins.
    pub fn exchanges(&self) -> Vec<Exchange> {
        self.handler.exchanges()
    }

    /// How many requests have arrived, counting those that are still being read.
    pub fn requests(&self) -> u64 {
        self.handler.requests()
    }

    /// Waits until at least `count` requests are decided; `false` if `timeout` passes first.
    ///
    /// This is how a test acts while a delayed answer is pending without guessing at a pause.
    pub fn wait_for(&self, count: usize, timeout: Duration) -> bool {
        self.handler.wait_for(count, timeout)
    }
}

impl fmt::Debug for MockBraze {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MockBraze")
            .field("url", &self.url())
            .field("requests", &self.requests())
            .finish_non_exhaustive()
    }
}
