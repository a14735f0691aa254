//! The handle of a host.

use std::fmt;
use std::io;
use std::sync::Arc;

use crate::context::Context;
use crate::engine::Engine;
use crate::inspection::Inspection;
use crate::json::Json;
use crate::node::{Nodes, Shared, Slot};
use crate::outcome::{ExecuteError, Outcome};
use crate::revision::{self, LoadError, NodeConfig};
use crate::runtime::blocking;
use crate::swap::UnknownNode;

/// A host for nodes. Cheap to clone: all clones share one runtime.
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
pub struct Runtime(pub(super) Arc<Inner>);

pub(super) struct Inner {
    pub(super) shared: Arc<Shared>,
    pub(super) nodes: Nodes,
}

impl Runtime {
    /// Keeps new revisions from getting this generation or a lower one: for
    /// hosts that remember revisions across restarts, so that generations
    /// continue to increase.
    pub fn skip_generations(&self, through: u64) {
        self.0.shared.raise(through);
    }

    /// Inspects a component without loading it. Nothing is granted to it but
    /// the limits of `config`. Interfaces that this host does not have are
    /// listed ([`Inspection::foreign`]); calling one of their functions is a
    /// trap.
    ///
    /// # Errors
    ///
    /// As [`Runtime::load`], as far as they concern the component.
    pub fn inspect(&self, config: &NodeConfig) -> Result<Inspection, LoadError> {
        config.check()?;
        let inspected = revision::inspect(&self.0.shared.engine, config, Engine::link_foreign)?;
        Ok(Inspection::new(self.0.shared.engine.raw(), inspected))
    }

    /// Runs the node with that name. `payload` is a JSON document. Needs a
    /// tokio runtime with its timer enabled. If you know the node beforehand,
    /// keep the handle that [`Runtime::load`] returns, and use [`Node::call`].
    ///
    /// A guest that computes does not delay the other tasks of that runtime:
    /// after a slice of at most 10 ms, it continues on threads of this library.
    ///
    /// Dropping the future cancels the execution at once, or at the end of its
    /// slice if it is computing.
    ///
    /// # Errors
    ///
    /// Only if nothing was run: the node does not exist, or the payload is not
    /// JSON. Everything that the node does is in the [`Outcome`].
    ///
    /// [`Node::call`]: crate::Node::call
    pub async fn execute(
        &self,
        name: &str,
        payload: &str,
        context: &Context,
    ) -> Result<Outcome, ExecuteError> {
        let slot = self.0.nodes.find(name)?;
        self.run(slot, payload.into(), context).await
    }

    /// As [`Runtime::execute`], but blocks the calling thread: for hosts
    /// without an async runtime, and for threads of one that may block, such as
    /// those of `tokio::task::spawn_blocking`.
    ///
    /// # Errors
    ///
    /// As [`Runtime::execute`]; and if the thread runs the tasks of an async
    /// runtime, which would have to wait. The thread on which `block_on` of a
    /// multi-threaded tokio runtime runs can't be told from a thread that may
    /// block: the call blocks there.
    pub fn execute_blocking(
        &self,
        name: &str,
        payload: &str,
        context: &Context,
    ) -> Result<Outcome, ExecuteError> {
        self.block_on(self.execute(name, payload, context))
    }

    /// Runs the node with this name.
    pub(super) async fn run(
        &self,
        slot: Arc<Slot>,
        payload: Box<str>,
        context: &Context,
    ) -> Result<Outcome, ExecuteError> {
        let Inner { shared, nodes } = &*self.0;
        let entry = slot
            .enter(context)
            .ok_or_else(|| nodes.unknown(slot.name()))?;
        let payload = Json::within(payload, entry.depth()).map_err(ExecuteError::Payload)?;
        let meter = entry.meter(context);
        let live = Arc::clone(entry.live());
        let execution = slot.execute(
            Arc::clone(shared),
            entry,
            payload,
            context.clone(),
            Arc::clone(&meter),
        );
        let outcome = shared.threads.run(&live.pace, &meter, execution).await;
        outcome.ok_or_else(|| ExecuteError::Thread(io::Error::other("the threads have ended")))
    }

    /// Waits for a call on the calling thread, if that may block.
    pub(super) fn block_on<T, E: From<ExecuteError>>(
        &self,
        call: impl Future<Output = Result<T, E>>,
    ) -> Result<T, E> {
        if blocking::is_within_async() {
            return Err(ExecuteError::WithinAsync.into());
        }
        let _timers = self.0.shared.threads.enter();
        blocking::block_on(call)
    }
}

impl From<UnknownNode> for ExecuteError {
    fn from(UnknownNode { name, nearest }: UnknownNode) -> ExecuteError {
        ExecuteError::UnknownNode { name, nearest }
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
