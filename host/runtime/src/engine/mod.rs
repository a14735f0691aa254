//! wasmtime's engine as this runtime uses it: one configuration, one pool of
//! instances, one ticker, one linker.

mod cache;
mod child;
mod compile_error;
mod compiler;
mod config;
mod fault;
#[cfg(any(test, fuzzing))]
pub(crate) mod fuzz;
mod handles;
mod limiter;
mod link;
mod meter;
mod room;
mod self_test;
mod state;
mod ticker;
mod weight;
mod worker;

use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use hospes_egress::digest::Digest;
use hospes_egress::shares::Shares;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::timeout;
use wasmtime::component::{Component, Linker};

pub use cache::CacheError;
pub(crate) use cache::CompileCache;
pub(crate) use child::Program;
pub(crate) use compile_error::CompileError;
use compiler::{Compiled, Compiler};
pub(crate) use fault::fault;
pub(crate) use link::{LinkError, Linked};
pub(crate) use meter::Meter;
pub use state::ExecutionState;
pub(crate) use state::new_store;
pub use worker::compile_worker;

use crate::capability;
use crate::limits::Limits;

/// A function that adds a capability of the host to the linker.
pub(crate) type Capability =
    Box<dyn FnOnce(&mut Linker<ExecutionState>) -> wasmtime::Result<()> + Send>;

/// The engine, with everything that is made once per runtime.
pub(crate) struct Engine {
    engine: wasmtime::Engine,
    linker: Linker<ExecutionState>,
    /// The interfaces that are linked as stubs.
    stubs: Vec<String>,
    cache: Option<CompileCache>,
    compiler: Compiler,
    shares: Shares,
    loading: Semaphore,
}

/// Permits for loads, besides those for executions.
const LOADING: u32 = 4;

impl Engine {
    /// Builds the engine with permits for `executions` executions at once and
    /// for the loads besides them, and with `memory` bytes for all of them.
    /// `cache` is a directory and how many bytes it may have. `program`
    /// compiles, unless this process does.
    pub(crate) fn new(
        executions: u32,
        memory: u64,
        cache: Option<(&Path, u64)>,
        program: Option<Program>,
        capabilities: Vec<(String, Capability)>,
        stubs: Vec<String>,
    ) -> Result<Engine, BuildError> {
        let failed = |error: wasmtime::Error| BuildError::Engine(format!("{error:#}"));
        let engine = wasmtime::Engine::new(&config::config(executions.saturating_add(LOADING)))
            .map_err(failed)?;
        let cache = cache
            .map(|(dir, room)| CompileCache::open(dir, room, &engine))
            .transpose()
            .map_err(BuildError::Cache)?;
        let mut linker = Linker::new(&engine);
        capability::wasi::add_to_linker(&mut linker).map_err(failed)?;
        capability::wasi_http::add_to_linker(&mut linker).map_err(failed)?;
        capability::http::add_to_linker(&mut linker, ExecutionState::http).map_err(failed)?;
        capability::log::add_to_linker(&mut linker, ExecutionState::log).map_err(failed)?;
        for (name, add) in capabilities {
            add(&mut linker).map_err(|error| BuildError::Capability {
                name,
                message: format!("{error:#}"),
            })?;
        }
        ticker::start(&engine).map_err(|error| BuildError::Engine(error.to_string()))?;
        self_test::run(&engine).map_err(BuildError::Engine)?;
        Ok(Engine {
            engine,
            linker,
            stubs,
            cache,
            compiler: Compiler::new(program),
            shares: Shares::new(executions.into(), LOADING.into(), memory),
            loading: Semaphore::new(LOADING as usize),
        })
    }

    /// Whether compiled components are cached.
    pub(crate) fn has_cache(&self) -> bool {
        self.cache.is_some()
    }

    /// The component with this content and its digest, if it is cached.
    pub(crate) fn kept(&self, content: &blake3::Hash) -> Option<(Component, Digest)> {
        self.cache.as_ref()?.find(&self.engine, content)
    }

    /// Compiles a component within a time limit, and caches it.
    pub(crate) fn compile(
        &self,
        bytes: &Arc<Vec<u8>>,
        digest: &Digest,
        limit: Duration,
    ) -> Result<Component, CompileError> {
        let cache = self.cache.as_ref();
        match self.compiler.compile(&self.engine, bytes, limit)? {
            Compiled::Here(component) => {
                if let Some(cache) = cache {
                    cache.keep(&blake3::hash(bytes), digest, &component);
                }
                Ok(component)
            }
            Compiled::Apart(code) => cache::load(cache, &self.engine, bytes, digest, &code)
                .map_err(|error| CompileError::Component(format!("{error:#}"))),
        }
    }

    /// Links a component with this host's interfaces and with the configured
    /// stubs.
    ///
    /// # Errors
    ///
    /// The missing imports, a stub that is not needed, or another reason.
    pub(crate) fn link(&self, component: &Component) -> Result<Linked, LinkError> {
        let is_meant = |stub: &str, name: &str| {
            stub == name || name.split_once('@').is_some_and(|(name, _)| name == stub)
        };
        let is_stub = |name: &str| self.stubs.iter().any(|stub| is_meant(stub, name));
        let linked = link::link(&self.linker, component, is_stub)?;
        let is_unused = |stub: &&String| !linked.stubs.iter().any(|name| is_meant(stub, name));
        match self.stubs.iter().find(is_unused) {
            Some(stub) => Err(LinkError::Unused(stub.clone())),
            None => Ok(linked),
        }
    }

    /// Links a component, with stubs for all interfaces that belong neither to
    /// the contract nor to WASI.
    ///
    /// # Errors
    ///
    /// Other imports that are missing, or another reason.
    pub(crate) fn link_foreign(&self, component: &Component) -> Result<Linked, LinkError> {
        let is_foreign = |name: &str| !name.starts_with("hospes:") && !name.starts_with("wasi:");
        link::link(&self.linker, component, is_foreign)
    }

    /// The resources that the nodes share.
    pub(crate) fn shares(&self) -> &Shares {
        &self.shares
    }

    /// Waits for the permits of a load, at most for the given time; `None` if
    /// there were too few.
    pub(crate) async fn loading(
        &self,
        limits: &Limits,
        patience: Duration,
    ) -> Option<SemaphorePermit<'_>> {
        let places = u32::try_from(places(limits))
            .unwrap_or(LOADING)
            .min(LOADING);
        let permit = timeout(patience, self.loading.acquire_many(places)).await;
        permit.ok()?.ok()
    }

    pub(crate) fn raw(&self) -> &wasmtime::Engine {
        &self.engine
    }
}

/// How many permits an execution with these limits takes.
pub(crate) fn places(limits: &Limits) -> u64 {
    limits
        .instances
        .div_ceil(config::INSTANCES.into())
        .max(limits.memories.div_ceil(config::MEMORIES.into()))
        .max(limits.tables.div_ceil(config::TABLES.into()))
        .max(1)
}

/// Why a runtime could not be built.
#[derive(Debug)]
#[non_exhaustive]
pub enum BuildError {
    /// The engine does not start on this machine.
    Engine(String),
    /// The compile cache can't be used.
    Cache(CacheError),
    /// The host names no transport, and this library was built without the
    /// feature `ureq`.
    NoTransport,
    /// A capability that the host adds could not be added.
    Capability {
        /// Its name.
        name: String,
        /// What is wrong.
        message: String,
    },
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BuildError::Engine(message) => write!(f, "the engine does not start: {message}"),
            BuildError::Cache(error) => write!(f, "the compile cache can't be used: {error}"),
            BuildError::NoTransport => {
                f.write_str("the host names no transport, and is built without the feature `ureq`")
            }
            BuildError::Capability { name, message } => {
                write!(f, "the capability `{name}` can't be added: {message}")
            }
        }
    }
}

impl std::error::Error for BuildError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            BuildError::Cache(error) => Some(error),
            _ => None,
        }
    }
}
