//! A strict local stand-in for the Braze `POST /users/track` endpoint.
//!
//! [`MockBraze`] is a real HTTP/1.1 server. It refuses what Braze refuses, in the words Braze uses where
//! those are known, keeps the [`AcceptedObjects`] that a real workspace would have queued, and plays a
//! [`Script`] of answers when a test wants trouble: an error status, a delay, a reset, half an answer.
//!
//! ```no_run
//! use hospes_mock_braze::{MockBraze, ScriptStep};
//!
//! # fn main() -> std::io::Result<()> {
//! let braze = MockBraze::builder()
//!     .script([ScriptStep::status(429).header("X-Ratelimit-Retry-After", "2")])
//!     .start()?;
//! // ... send something to `braze.url()` with the key `braze.key()` ...
//! assert_eq!(braze.accepted().len(), 1);
//! # Ok(())
//! # }
//! ```
//!
//! The server has its own thread and runtime, so synchronous and asynchronous tests use it alike.
//! Dropping it closes every connection and joins the thread.
//!
//! Where to find what:
//!
//! | module | holds |
//! |---|---|
//! | `builder` | the settings and their defaults |
//! | `check` | the decisions: bytes in, assessment out, no I/O |
//! | `script` | the steps a test can put before the honest answers |
//! | `answer` | what goes back: words, bodies, rate-limit headers |
//! | `input_array` | the three arrays of a request |
//! | `handler` | one request against settings, script, accepted objects and record |
//! | `accepted`, `exchange` | what was accepted; what was said, with the keys masked |
//! | `quota` | the window the rate-limit headers speak of |
//! | `server` | sockets, thread, resets |

mod accepted;
mod answer;
mod builder;
mod check;
mod exchange;
mod handler;
mod input_array;
mod mock_braze;
mod quota;
mod script;
mod server;

pub use accepted::{AcceptedObject, AcceptedObjects};
pub use answer::{MockResponse, RateLimitStyle};
pub use builder::{Builder, DEFAULT_KEY};
pub use check::{MAX_BODY_BYTES, MAX_OBJECTS, Note, ObjectLimit, Refusal};
pub use exchange::{Ending, Exchange};
pub use input_array::{Counts, InputArray};
pub use mock_braze::MockBraze;
pub use script::{Echo, Reset, Script, ScriptError, ScriptStep};
