//! A strict local stand-in for the Braze `POST /users/track` endpoint.
//!
//! [`MockBraze`] is a real HTTP/1.1 server. It refuses what Braze refuses, in the words Braze uses where
//! those are known, keeps a [`Ledger`] of every object a real workspace would have queued, and plays a
//! [`Script`] of answers when a test wants trouble: an error status, a delay, a reset, half an answer.
//!
//! ```no_run
//! use hospes_mock_braze::{MockBraze, Step};
//!
//! # fn main() -> std::io::Result<()> {
//! let braze = MockBraze::builder()
//!     .script([Step::status(429).header("X-Ratelimit-Retry-After", "2")])
//!     .start()?;
//! // ... send something to `braze.url()` with the key `braze.key()` ...
//! assert_eq!(braze.ledger().len(), 1);
//! # Ok(())
//! # }
//! ```
//!
//! The server has a thread and a runtime of its own, so synchronous and asynchronous tests use it alike.
//! Dropping it closes every connection and joins the thread.
//!
//! Where to find what:
//!
//! | module | holds |
//! |---|---|
//! | `builder` | the settings and their defaults |
//! | `check` | the decisions: bytes in, verdict out, no I/O |
//! | `script` | the steps a test can put before the honest answers |
//! | `answer` | what goes back: words, bodies, rate-limit headers |
//! | `desk` | one request against settings, script, ledger and record |
//! | `ledger`, `exchange` | what was taken; what was said, with the keys masked |
//! | `quota` | the window the rate-limit headers speak of |
//! | `server` | sockets, thread, resets |

mod answer;
mod builder;
mod check;
mod desk;
mod exchange;
mod ledger;
mod quota;
mod script;
mod server;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use desk::Desk;
use server::Server;

pub use answer::{Answer, RateLimitStyle};
pub use builder::{Builder, DEFAULT_KEY};
pub use check::{InputArray, MAX_BODY_BYTES, MAX_OBJECTS, Note, ObjectLimit, Refusal};
pub use exchange::{Ending, Exchange};
pub use ledger::{Counts, Entry, Ledger};
pub use script::{Echo, Reset, Script, ScriptError, Step};

/// A running stand-in; it stops when dropped.
pub struct MockBraze {
    server: Server,
    desk: Arc<Desk>,
}

impl MockBraze {
    /// The settings, each at its default.
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// The base address to configure as the REST endpoint: `http://127.0.0.1:PORT`, without a trailing slash.
    pub fn url(&self) -> String {
        format!("http://{}", self.server.address())
    }

    /// The API key that is let in.
    pub fn key(&self) -> &str {
        self.desk.key()
    }

    /// What a real workspace would have queued so far, in order of arrival.
    pub fn ledger(&self) -> Ledger {
        self.desk.ledger()
    }

    /// Every request decided so far with what was answered, in order of arrival.
    ///
    /// A request is decided before its answer leaves, and before any scripted delay begins.
    pub fn exchanges(&self) -> Vec<Exchange> {
        self.desk.exchanges()
    }

    /// How many requests have arrived, counting those that are still being read.
    pub fn requests(&self) -> u64 {
        self.desk.requests()
    }

    /// Waits until at least `count` requests are decided; `false` if `timeout` passes first.
    ///
    /// This is how a test acts while a delayed answer is pending without guessing at a pause.
    pub fn wait_for(&self, count: usize, timeout: Duration) -> bool {
        self.desk.wait_for(count, timeout)
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
