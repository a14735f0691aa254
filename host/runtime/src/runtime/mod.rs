//! The façade.

mod blocking;
mod builder;
mod error;
mod swap;

use std::fmt;
use std::io;
use std::sync::Arc;

pub use builder::RuntimeBuilder;
pub use error::ExecuteError;

use hospes_egress::MAX_PER_ORIGIN;

use crate::context::Context;
use crate::engine::Engine;
use crate::inspection::Inspection;
use crate::json::Json;
use crate::node::{House, Nodes};
use crate::outcome::Outcome;
use crate::revision::{self, LoadError, NodeConfig};

/// A host for nodes. Cheap to clone: all clones are the same host.
///
/// ```no_run
/// use hospes::{Context, Json, NodeConfig, Policy, Runtime};
///
/// # async fn demo() -> Result<(), Box<dyn std::error::Error>> {
/// let runtime = Runtime::builder().build()?;
/// runtime.load("hello", NodeConfig::from_file("hello.wasm"))?;
/// let outcome = runtime.execute("hello", r#"{"name": "Ada"}"#, &Context::new()).await?;
/// println!("{:?}", outcome.answer);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Runtime(Arc<Inner>);

struct Inner {
    house: Arc<House>,
    nodes: Nodes,
}

impl Runtime {
    /// A builder with every default.
    pub fn builder() -> RuntimeBuilder {
        RuntimeBuilder {
            executions: 256,
            memory: None,
            cache: None,
            cache_bytes: 1 << 30,
            compiler: None,
            compiler_memory: 2 << 30,
            transport: None,
            observer: None,
            capabilities: Vec::new(),
            stubs: Vec::new(),
            first_generation: 1,
            kept: 4,
            canary_key: None,
            propagate: false,
            origin_requests: MAX_PER_ORIGIN,
        }
    }

    /// Gives no revision this generation or a lower one any more: for a host that
    /// remembers revisions over restarts, so that generations go on rising.
    pub fn skip_generations(&self, through: u64) {
        self.0.house.raise(through);
    }

    /// Looks at a component without loading it. Nothing is granted to it but
    /// the limits of `config`. Interfaces of another host are shown
    /// ([`Inspection::foreign`]); calling one of their functions is a trap.
    ///
    /// # Errors
    ///
    /// As [`Runtime::load`] for the component itself.
    pub fn inspect(&self, config: &NodeConfig) -> Result<Inspection, LoadError> {
        config.check()?;
        let inspected = revision::inspect(&self.0.house.engine, config, Engine::link_foreign)?;
        Ok(Inspection::new(self.0.house.engine.raw(), inspected))
    }

    /// Runs a node. `payload` is a JSON document. Needs a tokio runtime with its
    /// timer enabled.
    ///
    /// A guest that computes does not hold up the other tasks of that runtime:
    /// after a slice of 10 ms at most, it goes on in threads of this library's.
    ///
    /// Dropping the future cancels the execution at once; one that computes
    /// right then, when its slice ends.
    ///
    /// # Errors
    ///
    /// Only if there was nothing to run: no such node, or a payload that is no
    /// JSON. Whatever the node does is in the [`Outcome`].
    pub async fn execute(
        &self,
        name: &str,
        payload: &str,
        context: &Context,
    ) -> Result<Outcome, ExecuteError> {
        let nodes = &self.0.nodes;
        let slot = nodes.find(name)?;
        let entry = slot.enter(context).ok_or_else(|| nodes.unknown(name))?;
        let payload = Json::parse(payload, entry.depth()).map_err(ExecuteError::Payload)?;
        let (house, meter) = (&self.0.house, entry.meter(context));
        let lane = Arc::clone(entry.lane());
        let execution = slot.execute(
            Arc::clone(house),
            entry,
            payload,
            context.clone(),
            Arc::clone(&meter),
        );
        let outcome = house.threads.run(&lane.pace, &meter, execution).await;
        outcome.ok_or_else(|| ExecuteError::Thread(io::Error::other("the threads have ended")))
    }

    /// The same for hosts without an async runtime, and for threads of one that
    /// may block, such as those of `tokio::task::spawn_blocking`: blocks the
    /// calling thread.
    ///
    /// # Errors
    ///
    /// As [`Runtime::execute`]; and if the thread runs the tasks of an async
    /// runtime, which would have to wait. The future that a tokio runtime of
    /// several threads was started with can't be told from a thread that may
    /// block: there, it blocks.
    pub fn execute_blocking(
        &self,
        name: &str,
        payload: &str,
        context: &Context,
    ) -> Result<Outcome, ExecuteError> {
        if blocking::is_within_async() {
            return Err(ExecuteError::WithinAsync);
        }
        let _timers = self.0.house.threads.enter();
        blocking::block_on(self.execute(name, payload, context))
    }
}

impl fmt::Debug for Runtime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let nodes = self.0.nodes.all();
        let names: Vec<_> = nodes.iter().map(|slot| slot.name()).collect();
        f.debug_struct("Runtime")
            .field("nodes", &names)
            .finish_non_exhaustive()
    }
}
