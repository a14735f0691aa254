//! The settings of a runtime.

use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use hospes_egress::transport::Transport;
use hospes_egress::{MAX_PER_ORIGIN, Origins};
use wasmtime::component::Linker;

use crate::engine::{BuildError, Capability, Engine, ExecutionState, Program};
use crate::execution::Threads;
use crate::limits::Limits;
use crate::node::{Nodes, Shared, TransportFactory};
use crate::observer::{Observer, Unobserved};
use crate::runtime::handle::{Inner, Runtime};

/// Settings of a [`Runtime`].
pub struct RuntimeBuilder {
    executions: u32,
    memory: Option<u64>,
    cache: Option<PathBuf>,
    cache_bytes: u64,
    compiler: Option<(PathBuf, Vec<OsString>)>,
    compiler_memory: u64,
    transport: Option<TransportFactory>,
    observer: Option<Arc<dyn Observer>>,
    capabilities: Vec<(String, Capability)>,
    stubs: Vec<String>,
    kept: usize,
    canary_key: Option<[u8; 32]>,
    propagate: bool,
    origin_requests: u32,
}

impl fmt::Debug for RuntimeBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RuntimeBuilder")
            .field("executions", &self.executions)
            .field("memory", &self.memory)
            .field("cache", &self.cache)
            .finish_non_exhaustive()
    }
}

impl Runtime {
    /// A builder with the defaults.
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
            kept: 4,
            canary_key: None,
            propagate: false,
            origin_requests: MAX_PER_ORIGIN,
        }
    }
}

impl RuntimeBuilder {
    /// How many executions run at once, over all nodes; one more is
    /// `overloaded`. Half of these permits are divided evenly among the nodes
    /// that serve, so that no node can take all of them; the others are given
    /// first come, first served. Loads have their own permits. A permit has room
    /// for a component with one memory and eight tables, which is what
    /// toolchains make; a component with more takes more permits for each
    /// execution, one for each memory. Address space is reserved for each permit
    /// (about 4 GiB, which costs no memory): x86-64 has room for about 30,000.
    /// Linux allows a process 65,530 mappings, which is enough for 10,000
    /// executions at once; for more, `vm.max_map_count` has to be 4,096 and six
    /// for each, or fewer run at once. Defaults to 256.
    pub fn executions(mut self, executions: u32) -> RuntimeBuilder {
        self.executions = executions.max(1);
        self
    }

    /// How many bytes all executions may take together, divided as the permits
    /// are. This covers their memories and tables, and what the host holds for
    /// them: payloads, requests and responses, log records, and the objects
    /// behind handles. Everything is counted before it is allocated. An
    /// execution that needs more than is left ends as `overloaded`, which does
    /// not count against its node; log records are left out and counted. The
    /// memory of an [`Outcome`](crate::Outcome) is the caller's. Defaults to
    /// [`default_memory`](RuntimeBuilder::default_memory).
    pub fn memory(mut self, bytes: u64) -> RuntimeBuilder {
        self.memory = Some(bytes);
        self
    }

    /// The default memory for `executions` executions, in bytes: 64 MiB for
    /// each, and at least 4 GiB.
    pub fn default_memory(executions: u32) -> u64 {
        let memory = u64::from(executions).saturating_mul(64 << 20);
        memory.max(4 << 30)
    }

    /// A directory for compiled components, made if it does not exist. No other
    /// user may be able to write to it. Defaults to none.
    pub fn compile_cache(mut self, dir: impl Into<PathBuf>) -> RuntimeBuilder {
        self.cache = Some(dir.into());
        self
    }

    /// How many bytes of compiled code the cache keeps. Beyond that the least
    /// recently loaded components are removed; the one that was loaded last
    /// stays. Defaults to 1 GiB.
    pub fn compile_cache_bytes(mut self, bytes: u64) -> RuntimeBuilder {
        self.cache_bytes = bytes;
        self
    }

    /// The program that compiles components, each in a separate process: with
    /// these arguments it has to call `hospes::engine::compile_worker`. It may
    /// be the current program. It has to be built with the same version of this
    /// crate, and it is trusted like this process, since its output runs here.
    /// It gets no environment, and no open files but its standard input and
    /// output: on Unix, all other open files are marked to be closed in every
    /// program that this process starts. A process that takes longer than the
    /// limit `compile` is killed.
    ///
    /// Defaults to none: components are compiled on a thread, where only checks
    /// of their contents bound what they cost.
    pub fn compiler<A: Into<OsString>>(
        mut self,
        program: impl Into<PathBuf>,
        args: impl IntoIterator<Item = A>,
    ) -> RuntimeBuilder {
        let args = args.into_iter().map(Into::into).collect();
        self.compiler = Some((program.into(), args));
        self
    }

    /// How many bytes of memory each compiling process may have, its program
    /// included. Up to four run at once. Defaults to 2 GiB.
    pub fn compiler_memory(mut self, bytes: u64) -> RuntimeBuilder {
        self.compiler_memory = bytes;
        self
    }

    /// Makes the transport that sends requests. Called once for each revision
    /// of a node, so that no two nodes share a connection. There are two:
    ///
    /// - [`UreqTransport`](crate::egress::UreqTransport), with the feature
    ///   `ureq`, is the default. Each request takes a thread while it waits.
    /// - [`HyperTransport`](crate::egress::HyperTransport), with the feature
    ///   `hyper`, waits without a thread and also speaks HTTP/2. It needs a tokio
    ///   runtime with I/O. It is the default without the feature `ureq`.
    ///
    /// ```no_run
    /// use std::sync::Arc;
    ///
    /// use hospes::Runtime;
    /// use hospes::egress::{Roots, UreqTransport};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let roots = Roots::from_pem(&std::fs::read("roots.pem")?)?;
    /// let runtime = Runtime::builder()
    ///     .transport(move |limits| Arc::new(UreqTransport::with_roots(limits, &roots)));
    /// # Ok(())
    /// # }
    /// ```
    pub fn transport(
        mut self,
        transport: impl Fn(&Limits) -> Arc<dyn Transport> + Send + Sync + 'static,
    ) -> RuntimeBuilder {
        self.transport = Some(Box::new(transport));
        self
    }

    /// The observer. To keep access to it, pass an `Arc`. Defaults to none.
    pub fn observer(mut self, observer: impl Observer + 'static) -> RuntimeBuilder {
        self.observer = Some(Arc::new(observer));
        self
    }

    /// How many earlier revisions of each node are kept for a rollback, with
    /// their compiled code, policy and secrets, but without connections. Each
    /// costs the memory of its code and a file descriptor. Defaults to 4.
    pub fn keep_revisions(mut self, kept: usize) -> RuntimeBuilder {
        self.kept = kept;
        self
    }

    /// The key by which a [canary](crate::swap::Rollout::Canary) chooses its
    /// executions: 32 secret bytes. Without the key it can't be predicted which
    /// values belong to a canary. Hosts with the same key choose alike, and so
    /// does a host that keeps its key across restarts. Defaults to random
    /// bytes.
    pub fn canary_key(mut self, key: [u8; 32]) -> RuntimeBuilder {
        self.canary_key = Some(key);
        self
    }

    /// Lets the requests of nodes carry the trace of their execution:
    /// `traceparent` with a new span for the request, and `tracestate` as the
    /// caller gave it in
    /// [`Context::with_traceparent`](crate::Context::with_traceparent). Nodes
    /// may then not set either of the two, as they may not set `host`. Defaults
    /// to `false`: upstreams learn nothing about the caller.
    pub fn propagate_trace(mut self, propagate: bool) -> RuntimeBuilder {
        self.propagate = propagate;
        self
    }

    /// How many requests are in flight to one origin at once, over all nodes,
    /// which is also how many connections they hold there. Further ones wait,
    /// within their timeouts. Defaults to 128.
    pub fn origin_requests(mut self, requests: u32) -> RuntimeBuilder {
        self.origin_requests = requests;
        self
    }

    /// Adds a capability of your host: an interface that nodes may import
    /// besides those of `hospes:node` and WASI.
    ///
    /// This is the only place where wasmtime's types are part of this crate's
    /// interface; use this crate's [`wasmtime`](crate::wasmtime). Every node of
    /// the runtime may call what you add here, so it has to check its callers
    /// itself ([`ExecutionState::node`]), and it has to limit its own work: the
    /// deadline ends a waiting async function, but not a blocking one.
    pub fn capability(
        mut self,
        name: impl Into<String>,
        add: impl FnOnce(&mut Linker<ExecutionState>) -> wasmtime::Result<()> + Send + 'static,
    ) -> RuntimeBuilder {
        self.capabilities.push((name.into(), Box::new(add)));
        self
    }

    /// Links a stub in place of an interface that this host does not have,
    /// named with or without its version, such as `acme:extras/dice@0.1.0`.
    /// Calling one of its functions ends the execution with a trap that names
    /// it.
    ///
    /// For tools that run a node made for another host: a component that does
    /// not need every stub is refused
    /// ([`LoadError::Stub`](crate::LoadError::Stub)).
    pub fn stub(mut self, interface: impl Into<String>) -> RuntimeBuilder {
        self.stubs.push(interface.into());
        self
    }

    /// Starts the runtime.
    ///
    /// # Errors
    ///
    /// If this machine can't run it (for lack of address space or random bytes,
    /// for example), or the cache or a capability can't be used.
    pub fn build(self) -> Result<Runtime, BuildError> {
        let cache = self.cache.as_deref().map(|dir| (dir, self.cache_bytes));
        let program = self.compiler.map(|(path, args)| Program {
            path,
            args,
            memory: self.compiler_memory,
        });
        let default = || RuntimeBuilder::default_memory(self.executions);
        let memory = self.memory.unwrap_or_else(default);
        let engine = Engine::new(
            self.executions,
            memory,
            cache,
            program,
            self.capabilities,
            self.stubs,
        )?;
        let canary_key = match self.canary_key {
            Some(key) => key,
            None => random_key()?,
        };
        let transport = match self.transport {
            Some(transport) => transport,
            None => default_transport()?,
        };
        let threads = Threads::start();
        let shared = Shared {
            engine,
            canary_key,
            threads: threads.map_err(|error| BuildError::Engine(error.to_string()))?,
            observer: self.observer.unwrap_or_else(|| Arc::new(Unobserved)),
            transport,
            generation: AtomicU64::new(0),
            kept: self.kept,
            propagate: self.propagate,
            origins: Origins::new(self.origin_requests),
        };
        Ok(Runtime(Arc::new(Inner {
            shared: Arc::new(shared),
            nodes: Nodes::default(),
        })))
    }
}

#[cfg(feature = "ureq")]
fn default_transport() -> Result<TransportFactory, BuildError> {
    Ok(Box::new(|limits| {
        Arc::new(hospes_egress::UreqTransport::new(limits))
    }))
}

#[cfg(all(feature = "hyper", not(feature = "ureq")))]
fn default_transport() -> Result<TransportFactory, BuildError> {
    Ok(Box::new(|limits| {
        Arc::new(hospes_egress::HyperTransport::new(limits))
    }))
}

#[cfg(not(any(feature = "hyper", feature = "ureq")))]
fn default_transport() -> Result<TransportFactory, BuildError> {
    Err(BuildError::NoTransport)
}

fn random_key() -> Result<[u8; 32], BuildError> {
    let mut key = [0; 32];
    let filled = getrandom::fill(&mut key);
    filled.map_err(|error| BuildError::Engine(format!("there are no random bytes: {error}")))?;
    Ok(key)
}
