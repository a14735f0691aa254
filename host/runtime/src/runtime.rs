//! The façade.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use wasmtime::component::Linker;

use crate::description::Description;
use crate::egress::{Transport, UreqTransport};
use crate::engine::{BuildError, Capability, Engine, HostState};
use crate::event::{Observer, Unobserved};
use crate::execution::{self, Context};
use crate::inspection::Inspection;
use crate::json::{Json, JsonError};
use crate::limits::Limits;
use crate::nearest::nearest;
use crate::node::Slot;
use crate::outcome::{Outcome, RevisionId};
use crate::revision::{self, LoadError, NodeConfig, Revision};

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
    engine: Engine,
    nodes: RwLock<BTreeMap<Arc<str>, Arc<Slot>>>,
    generation: AtomicU64,
    transport: TransportFactory,
    observer: Arc<dyn Observer>,
    /// For `execute_blocking`, made when first needed.
    tokio: OnceLock<tokio::runtime::Runtime>,
}

type TransportFactory = Box<dyn Fn(&Limits) -> Arc<dyn Transport> + Send + Sync>;

impl Runtime {
    /// A builder with every default.
    pub fn builder() -> RuntimeBuilder {
        RuntimeBuilder {
            executions: 256,
            cache: None,
            transport: None,
            observer: None,
            capabilities: Vec::new(),
        }
    }

    /// Loads a node, or replaces the one of that name: compiles and checks the
    /// component, asks it about itself, and only then lets it serve, in one
    /// step. Executions that run stay on the revision they began with.
    ///
    /// Blocks while it compiles. From async code, call it through
    /// `tokio::task::spawn_blocking`.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with the component or with what it was
    /// granted. A node that was loaded under that name before goes on serving.
    pub fn load(&self, name: &str, config: NodeConfig) -> Result<Arc<RevisionId>, LoadError> {
        config.check()?;
        let name: Arc<str> = name.into();
        let generation = self.0.generation.fetch_add(1, Ordering::Relaxed) + 1;
        let transport = (self.0.transport)(&config.limits);
        let revision = Arc::new(revision::admit(
            &self.0.engine,
            Arc::clone(&name),
            generation,
            config,
            transport,
            Arc::clone(&self.0.observer),
        )?);
        let id = Arc::clone(&revision.id);
        let mut nodes = self.0.nodes.write().unwrap_or_else(PoisonError::into_inner);
        match nodes.get(&name) {
            Some(slot) => slot.publish(revision),
            None => _ = nodes.insert(name, Arc::new(Slot::new(revision))),
        }
        Ok(id)
    }

    /// Looks at a component without loading it. Nothing is granted to it but
    /// the limits of `config`.
    ///
    /// # Errors
    ///
    /// As [`Runtime::load`] for the component itself.
    pub fn inspect(&self, config: &NodeConfig) -> Result<Inspection, LoadError> {
        config.check()?;
        let inspected = revision::inspect(&self.0.engine, config)?;
        Ok(Inspection::new(self.0.engine.raw(), inspected))
    }

    /// What the node says about itself, if there is one of that name.
    pub fn describe(&self, name: &str) -> Option<Description> {
        self.current(name)
            .ok()
            .map(|revision| revision.description.clone())
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
        let revision = self.current(name)?;
        let payload = Json::parse(payload, revision.limits.depth).map_err(ExecuteError::Payload)?;
        Ok(execution::execute(&self.0.engine, &revision, &payload, context).await)
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

    fn current(&self, name: &str) -> Result<Arc<Revision>, ExecuteError> {
        let nodes = self.0.nodes.read().unwrap_or_else(PoisonError::into_inner);
        match nodes.get(name) {
            Some(slot) => Ok(slot.current()),
            None => Err(ExecuteError::UnknownNode {
                name: name.to_owned(),
                nearest: nearest(name, nodes.keys().map(|name| &**name)).map(str::to_owned),
            }),
        }
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
        let nodes = self.0.nodes.read().unwrap_or_else(PoisonError::into_inner);
        f.debug_struct("Runtime")
            .field("nodes", &nodes.keys())
            .finish_non_exhaustive()
    }
}

/// Settings of a [`Runtime`].
pub struct RuntimeBuilder {
    executions: u32,
    cache: Option<PathBuf>,
    transport: Option<TransportFactory>,
    observer: Option<Arc<dyn Observer>>,
    capabilities: Vec<(String, Capability)>,
}

impl RuntimeBuilder {
    /// How many executions run at once, all nodes together; one more is
    /// `overloaded`. Address space is reserved for each (about 16 GiB, which
    /// costs no memory). There is room for so many components of the default
    /// limits; nodes with higher limits for `instances`, `memories` or `tables`
    /// take the room of several. Defaults to 256.
    pub fn executions(mut self, executions: u32) -> RuntimeBuilder {
        self.executions = executions.max(1);
        self
    }

    /// A directory for compiled components, made if it is not there. Only this
    /// user may be able to write to it. Defaults to none.
    pub fn compile_cache(mut self, dir: impl Into<PathBuf>) -> RuntimeBuilder {
        self.cache = Some(dir.into());
        self
    }

    /// How requests are sent. Called once for each revision of a node, so that
    /// no two nodes share a connection. Defaults to [`UreqTransport`].
    pub fn transport(
        mut self,
        transport: impl Fn(&Limits) -> Arc<dyn Transport> + Send + Sync + 'static,
    ) -> RuntimeBuilder {
        self.transport = Some(Box::new(transport));
        self
    }

    /// Who watches. Defaults to nobody.
    pub fn observer(mut self, observer: Arc<dyn Observer>) -> RuntimeBuilder {
        self.observer = Some(observer);
        self
    }

    /// Adds a capability of the host's own: an interface that nodes may import
    /// beside those of `hospes:node` and WASI.
    ///
    /// This is the one place where wasmtime's types are part of this crate's
    /// interface; use the [`wasmtime`](crate::wasmtime) of this crate. Every
    /// node of the runtime may call what is added here, so it has to judge its
    /// callers itself ([`HostState::node`]), and it has to bound what it does:
    /// the deadline ends a waiting async function, but no blocking one.
    pub fn capability(
        mut self,
        name: impl Into<String>,
        add: impl FnOnce(&mut Linker<HostState>) -> wasmtime::Result<()> + Send + 'static,
    ) -> RuntimeBuilder {
        self.capabilities.push((name.into(), Box::new(add)));
        self
    }

    /// Starts the runtime.
    ///
    /// # Errors
    ///
    /// If this machine can't run it (too little address space, say), or the
    /// cache or a capability can't be used.
    pub fn build(self) -> Result<Runtime, BuildError> {
        let engine = Engine::new(self.executions, self.cache.as_deref(), self.capabilities)?;
        Ok(Runtime(Arc::new(Inner {
            engine,
            nodes: RwLock::default(),
            generation: AtomicU64::new(0),
            transport: self
                .transport
                .unwrap_or_else(|| Box::new(|limits| Arc::new(UreqTransport::new(limits)))),
            observer: self.observer.unwrap_or_else(|| Arc::new(Unobserved)),
            tokio: OnceLock::new(),
        })))
    }
}

/// Why nothing was run.
#[derive(Debug)]
#[non_exhaustive]
pub enum ExecuteError {
    /// There is no node of that name.
    UnknownNode {
        /// The name given.
        name: String,
        /// The loaded node whose name looks most like it.
        nearest: Option<String>,
    },
    /// The payload is no JSON document, or nests too deep.
    Payload(JsonError),
    /// `execute_blocking` was called by async code.
    WithinAsync,
    /// The host has no thread for it.
    Thread(std::io::Error),
}

impl fmt::Display for ExecuteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ExecuteError::UnknownNode {
                name,
                nearest: Some(nearest),
            } => write!(f, "no node is called `{name}`: did you mean `{nearest}`?"),
            ExecuteError::UnknownNode {
                name,
                nearest: None,
            } => {
                write!(f, "no node is called `{name}`")
            }
            ExecuteError::Payload(error) => write!(f, "the payload is no valid JSON: {error}"),
            ExecuteError::WithinAsync => {
                f.write_str("`execute_blocking` was called by async code: use `execute`")
            }
            ExecuteError::Thread(error) => write!(f, "no thread to run on: {error}"),
        }
    }
}

impl std::error::Error for ExecuteError {}
