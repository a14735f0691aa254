//! An embeddable runtime for *action nodes*, the steps of a conversation or a
//! workflow, compiled to components of the WebAssembly component model.
//!
//! A node has no power of its own. It is called with a payload and a context,
//! answers with a result or a failure, and asks the host for everything else:
//!
//! ```
//! use hospes::{Context, NodeConfig, Runtime};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let runtime = Runtime::builder().build()?;
//! # let hello = hospes_artifacts::HELLO;
//! runtime.load("hello", NodeConfig::from_file(hello))?;
//!
//! let outcome = runtime.execute_blocking("hello", r#"{"name": "Ada"}"#, &Context::new())?;
//! assert_eq!(outcome.result().unwrap().as_str(), r#"{"greeting":"Hello, Ada."}"#);
//! # Ok(())
//! # }
//! ```
//!
//! # Concepts
//!
//! * [`Runtime`]: the host. Make one for a process; it costs an engine, a
//!   ticker thread and reserved address space.
//! * [`NodeConfig`]: a component with everything an operator grants it:
//!   [`Policy`], secrets, params, [`Limits`], [`RetryPolicy`](retry::RetryPolicy). Loading it
//!   compiles and checks it, which takes milliseconds.
//! * [`Runtime::swap`]: another revision in the place of the one that serves, in
//!   one step and without losing an execution. [`Runtime::rollback`] is the
//!   way back.
//! * [`Runtime::execute`]: one execution, in an instance of its own that lives
//!   for microseconds and shares nothing with any other.
//! * [`Outcome`]: what came of it. A node that says no is a value, a node that
//!   broke or was stopped is a [`Fault`].
//!
//! # Extension points
//!
//! [`Transport`](egress::Transport) sends requests,
//! [`SecretSource`](egress::SecretSource) yields secrets, [`Observer`]
//! watches, and [`RuntimeBuilder::capability`] adds an interface of the host's
//! own. Nothing else is pluggable.
//!
//! # What the library never does
//!
//! It reads no environment variable, no argument and no file that it was not
//! given; it prints nothing and sets no global logger.

mod apart;
mod bindings;
mod capability;
pub mod context;
mod cpu;
pub mod description;
pub mod engine;
mod execution;
pub mod files;
pub mod golden;
mod inspection;
pub mod json;
pub mod limits;
pub mod node;
mod observer;
pub mod outcome;
pub mod protection;
pub mod retry;
mod revision;
mod runtime;
pub mod schema;
pub mod signature;
pub mod swap;
mod text;

/// What leaves the host: the seam to the wire, secrets, and what an observer is
/// told. [`hospes_egress`] documents the gate.
pub mod egress {
    pub use hospes_egress::transport::{
        Blank, BoxFuture, Header, Incoming, Outgoing, Transport, TransportError,
    };
    pub use hospes_egress::{
        AttachedHeader, AttachedHeaderError, Denial, EgressEvent, GrantError, MAX_SECRET,
        MIN_SECRET, Room, Roots, RootsError, Secret, SecretError, SecretSource, UreqTransport,
        Verdict, nearest,
    };
}

pub use context::Context;
pub use hospes_egress::digest;
pub use hospes_egress::policy::{self, Policy};
pub use json::Json;
pub use limits::Limits;
pub use observer::Observer;
pub use outcome::{Failure, Fault, Outcome};
pub use revision::{LoadError, NodeConfig};
pub use runtime::{ExecuteError, Runtime, RuntimeBuilder};
pub use wasmtime;

/// The arithmetic of budgets and limits for `cargo fuzz`, which sets this cfg.
/// No request and no guest of a test gets near the numbers where it could
/// break, so it is tried without them.
#[cfg(fuzzing)]
#[doc(hidden)]
pub mod fuzz {
    /// Any bytes as a sequence of what executions do to their budgets.
    pub fn budget(data: &[u8]) {
        hospes_egress::fuzz::budget(data);
        crate::engine::fuzz::limiter(data);
    }
}
