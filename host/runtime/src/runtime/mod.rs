//! The façade.

mod builder;
mod error;
mod swap;

use std::fmt;
use std::sync::{Arc, OnceLock};

pub use builder::RuntimeBuilder;
pub use error::ExecuteError;

use crate::context::Context;
use crate::execution;
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
    /// For `execute_blocking`, made when first needed.
    tokio: OnceLock<tokio::runtime::Runtime>,
}

impl Runtime {
    /// A builder with every default.
    pub fn builder() -> RuntimeBuilder {
        RuntimeBuilder {
            executions: 256,
            cache: None,
            cache_bytes: 1 << 30,
            transport: None,
            observer: None,
            capabilities: Vec::new(),
            first_generation: 1,
            kept: 4,
            propagate: false,
        }
    }

    /// Looks at a component without loading it. Nothing is granted to it but
    /// the limits of `config`.
    ///
    /// # Errors
    ///
    /// As [`Runtime::load`] for the component itself.
    pub fn inspect(&self, config: &NodeConfig) -> Result<Inspection, LoadError> {
        config.check()?;
        let inspected = revision::inspect(&self.0.house.engine, config)?;
        Ok(Inspection::new(self.0.house.engine.raw(), inspected))
    }

    /// Runs a node. Dropping the future cancels the execution at once.
    ///
    /// Needs a tokio runtime with its timer enabled. `payload` is a JSON document.
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
        let house = &self.0.house;
        let call = slot.call(house, &entry, &payload, context);
        let outcome = match entry.admitted() {
            Ok(probe) => {
                let outcome = execution::execute(call).await;
                slot.ended(house, &entry, &outcome, probe.is_some());
                outcome
            }
            Err(fault) => {
                let outcome = execution::not_begun(call, fault);
                slot.ended(house, &entry, &outcome, false);
                outcome
            }
        };
        if let Some(shadow) = entry.shadow(&outcome) {
            shadow.run(house, &slot, &payload, context, &outcome);
        }
        Ok(outcome)
    }

    /// The same for hosts without an async runtime: blocks the calling thread.
    ///
    /// # Errors
    ///
    /// As [`Runtime::execute`]; and if the thread already runs async code,
    /// which must not be blocked.
    pub fn execute_blocking(
        &self,
        name: &str,
        payload: &str,
        context: &Context,
    ) -> Result<Outcome, ExecuteError> {
        if tokio::runtime::Handle::try_current().is_ok() {
            return Err(ExecuteError::WithinAsync);
        }
        self.tokio()?.block_on(self.execute(name, payload, context))
    }

    fn tokio(&self) -> Result<&tokio::runtime::Runtime, ExecuteError> {
        if let Some(tokio) = self.0.tokio.get() {
            return Ok(tokio);
        }
        let tokio = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("hospes-blocking")
            .enable_time()
            .build()
            .map_err(ExecuteError::Thread)?;
        Ok(self.0.tokio.get_or_init(|| tokio))
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        // Dropping a tokio runtime waits for its blocking work, which async
        // callers must not do.
        if let Some(tokio) = self.tokio.take() {
            tokio.shutdown_background();
        }
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
