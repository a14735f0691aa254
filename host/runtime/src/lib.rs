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
//!   [`Policy`], secrets, params, [`Limits`], [`RetryPolicy`]. Loading it
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
//! [`Transport`] sends requests, [`SecretSource`] yields secrets, [`Observer`]
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
mod context;
mod cpu;
mod description;
mod engine;
mod execution;
pub mod files;
mod golden;
mod inspection;
mod json;
mod limits;
mod node;
mod observer;
mod outcome;
mod protection;
mod retry;
mod revision;
mod runtime;
mod schema;
mod signature;
mod swap;
mod text;

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

pub use context::{Context, ContextError};
pub use description::{Description, EgressWish, Input};
pub use engine::{BuildError, CacheError, HostState, compile_worker};
pub use golden::{GoldenCase, GoldenError, GoldenExchange, GoldenExpectation};
pub use hospes_egress::policy::{
    Decision, Explanation, Host, Method, Origin, OriginError, Policy, Reason, Refusal, Rule,
    RuleError, Scheme, Target, UrlError, explain,
};
pub use hospes_egress::transport::{
    Blank, BoxFuture, Header, Incoming, Outgoing, Transport, TransportError,
};
pub use hospes_egress::{
    AttachedHeader, AttachedHeaderError, Denial, EgressEvent, GrantError, MAX_SECRET, MIN_SECRET,
    Room, Roots, RootsError, Secret, SecretError, SecretSource, UreqTransport, Verdict, nearest,
};
pub use inspection::Inspection;
pub use json::{Json, JsonError};
pub use limits::{Limit, LimitError, Limits, TABLE as LIMITS, Unit};
pub use node::{Drain, PublishError, RollbackError, Staged, SwapError, TrialError};
pub use observer::Observer;
pub use outcome::{
    Answer, Failure, FailureKind, Fault, Level, LogRecord, Outcome, RevisionId, Route, Usage,
};
pub use protection::{Protection, ProtectionError};
pub use retry::{RetryError, RetryPolicy};
pub use revision::{LoadError, NodeConfig};
pub use runtime::{ExecuteError, Runtime, RuntimeBuilder};
pub use schema::{SchemaError, weigh_schema, weigh_schema_for};
pub use signature::{
    Expiry, Signature, SignatureError, SigningKey, Statement, TrustedKey, VerifyingKey,
};
pub use swap::{
    Approval, Changes, Diff, DrainReport, Draining, HistoryEntry, How, LimitChange, NodeStatus,
    RevisionState, Rollout, SwapEvent, SwapKind, TrialStatus, UnknownNode, Unmet,
};
