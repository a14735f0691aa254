//! An embeddable runtime for *action nodes*, the steps of a conversation or a
//! workflow, compiled to components of the WebAssembly component model.
//!
//! A node has no access to anything by itself. It is called with a payload and
//! a context, returns a result or a failure, and asks the host for everything
//! else:
//!
//! ```
//! use hospes::{NodeConfig, Runtime};
//! use serde_json::{Value, json};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let runtime = Runtime::builder().build()?;
//! # let file = hospes_artifacts::HELLO;
//! let hello = runtime.load("hello", NodeConfig::from_file(file))?;
//!
//! let answer: Value = hello.call_blocking(&json!({"name": "Ada"}))?.json()?;
//! assert_eq!(answer, json!({"greeting": "Hello, Ada."}));
//! # Ok(())
//! # }
//! ```
//!
//! # Concepts
//!
//! * [`Runtime`]: the host. Make one per process. It costs an engine, a ticker
//!   thread and reserved address space.
//! * [`NodeConfig`]: a component with everything that an operator grants it:
//!   [`Policy`], [`SecretGrant`]s, params, [`Limits`],
//!   [`RetryPolicy`](retry::RetryPolicy). Loading compiles and checks it.
//! * [`Node`]: the handle of a loaded node. [`Node::call`] takes and returns
//!   your types; [`CallError`] separates a [`Failure`] of the node from a
//!   [`Fault`].
//! * [`Outcome`]: the result of one execution, with what it cost and logged.
//!   Servers that look nodes up by name use [`Runtime::execute`], and get every
//!   outcome as a value. Each execution runs in a fresh instance, which lives
//!   for microseconds and shares nothing with any other.
//! * [`Runtime::swap`]: replaces the revision that serves by another one, in
//!   one step and without losing an execution. [`Runtime::rollback`] undoes it;
//!   see [`swap`] and [`node`].
//!
//! # Extension points
//!
//! [`Transport`](egress::Transport) sends requests,
//! [`SecretSource`](egress::SecretSource) provides secrets, [`Observer`]
//! watches, and [`RuntimeBuilder::capability`] adds an interface of your host.
//!
//! # Features
//!
//! All are on by default.
//!
//! * `signatures`: a node can be required to be signed
//!   (`NodeConfig::require_signature`).
//! * `ureq`: the transport of a host that sets none
//!   ([`RuntimeBuilder::transport`]), with its HTTP client, TLS and root
//!   certificates.
//! * `wasi-http`: nodes may use the standard interface `wasi:http` beside
//!   `hospes:node/http`. Both go through the same gate.
//!
//! # What the library never does
//!
//! It reads no environment variables, no arguments, and only files that you
//! name. It prints nothing and sets no global logger.

#![deny(missing_debug_implementations)]

mod bindings;
mod block_on;
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
pub mod recording;
pub mod retry;
mod revision;
mod runtime;
pub mod schema;
pub mod signature;
pub mod swap;
mod text;

/// Types for requests that leave the host: transports, secrets, and the events
/// for observers. [`hospes_egress`] documents the gate.
pub mod egress {
    #[cfg(feature = "hyper")]
    pub use hospes_egress::HyperTransport;
    #[cfg(feature = "ureq")]
    pub use hospes_egress::UreqTransport;
    pub use hospes_egress::transport::{
        Blank, Body, BoxFuture, Dial, Transport, TransportError, http,
    };
    pub use hospes_egress::{
        AttachedHeader, AttachedHeaderError, EgressEvent, ErrorCase, GrantError, MAX_SECRET,
        MIN_SECRET, Room, Secret, SecretError, SecretSource, Verdict, nearest,
    };
    #[cfg(any(feature = "hyper", feature = "ureq"))]
    pub use hospes_egress::{Roots, RootsError};
}

pub use context::Context;
pub use hospes_egress::digest;
pub use hospes_egress::policy::{self, Policy};
pub use json::Json;
pub use limits::Limits;
pub use observer::Observer;
pub use outcome::{CallError, ExecuteError, Failure, Fault, Outcome};
pub use revision::{LoadError, NodeConfig, SecretGrant};
pub use runtime::{Node, Runtime, RuntimeBuilder};
pub use wasmtime;

/// The arithmetic of budgets and limits for `cargo fuzz`, which sets this cfg.
/// No request or guest of a test comes near the numbers where it could break,
/// so it is fuzzed directly.
#[cfg(fuzzing)]
#[doc(hidden)]
pub mod fuzz {
    /// Reads the bytes as a sequence of what executions do to their budgets.
    pub fn budget(data: &[u8]) {
        hospes_egress::fuzz::budget(data);
        crate::engine::fuzz::limiter(data);
    }
}
