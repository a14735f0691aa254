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
mod in_use;
mod limiter;
mod link;
mod mappings;
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
pub use config::config;
pub(crate) use fault::fault;
pub(crate) use in_use::Code;
use in_use::InUse;
pub(crate) use link::{LinkError, Linked};
pub(crate) use meter::Meter;
pub use state::ExecutionState;
pub(crate) use state::new_store;
pub use worker::compile_worker;

use crate::capability;

/// A function that adds a capability of the host to the linker.
pub(crate) type Capability =
    Box<dyn FnOnce(&mut Linker<ExecutionState>) -> wasmtime::Result<()> + Send>;

/// The engine, with everything that is made once per runtime.
pub(crate) struct Engine {
    engine: wasmtime::Engine,
    linker: Linker<ExecutionState>,
    /// The interfaces that are linked as stubs.
    stubs: Vec<String>,
    in_use: InUse,
    cache: Option<CompileCache>,
    compiler: Compiler,
    shares: Shares,
    /// The answer to one execution more than run at once.
    full: String,
    loading: Semaphore,
}

/// Permits for loads, besides those for executions. A load takes four, and more
/// if its component has more than four memories: at most four run at once.
const LOADING: u32 = config::MAX_MEMORIES;
const EACH_LOAD: u32 = 4;

impl Engine {
    /// Builds the engine with permits for `executions` executions at once and
    /// for the loads besides them, and with `memory` bytes for all of them.
    /// `cache` is a directory and how many bytes it may have. `program`
    /// compiles, unless this process does.
    ///
    /// # Errors
    ///
    /// If there is no room for so many executions; then the error says for how
    /// many there is.
    pub(crate) fn new(
        executions: u32,
        memory: u64,
        cache: Option<(&Path, u64)>,
        program: Option<Program>,
        capabilities: Vec<(String, Capability)>,
        stubs: Vec<String>,
    ) -> Result<Engine, BuildError> {
        let failed = |error: wasmtime::Error| BuildError::Engine(format!("{error:#}"));
        let engine = raw(executions).map_err(|error| no_room(executions, &error))?;
        let (usable, full) = room(executions, mappings::allowed());
        let cache = cache
            .map(|(dir, room)| CompileCache::open(dir, room, &engine))
            .transpose()
            .map_err(BuildError::Cache)?;
        let mut linker = Linker::new(&engine);
        capability::wasi::add_to_linker(&mut linker).map_err(failed)?;
        #[cfg(feature = "wasi-http")]
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
            in_use: InUse::default(),
            cache,
            compiler: Compiler::new(program),
            shares: Shares::new(usable, LOADING.into(), memory),
            full,
            loading: Semaphore::new(LOADING as usize),
        })
    }

    /// The code of the component with this content, if a node uses it or it is
    /// cached.
    pub(crate) fn compiled(&self, content: blake3::Hash) -> Option<Arc<Code>> {
        if let Some(code) = self.in_use.find(&content) {
            if let Some(cache) = &self.cache {
                cache.touch(&content);
            }
            return Some(code);
        }
        let (component, digest) = self.cache.as_ref()?.find(&self.engine, &content)?;
        Some(self.in_use.add(content, Code { component, digest }))
    }

    /// Compiles a component within a time limit, and caches it.
    pub(crate) fn compile(
        &self,
        bytes: &Arc<Vec<u8>>,
        digest: Digest,
        limit: Duration,
    ) -> Result<Arc<Code>, CompileError> {
        let (cache, content) = (self.cache.as_ref(), blake3::hash(bytes));
        let component = match self.compiler.compile(&self.engine, bytes, limit)? {
            Compiled::Here(component) => {
                if let Some(cache) = cache {
                    cache.keep(&content, &digest, &component);
                }
                component
            }
            Compiled::Apart(code) => cache::load(cache, &self.engine, bytes, &digest, &code)
                .map_err(|error| CompileError::Component(format!("{error:#}")))?,
        };
        Ok(self.in_use.add(content, Code { component, digest }))
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

    /// Why an execution finds no permit.
    pub(crate) fn full(&self) -> &str {
        &self.full
    }

    /// The resources that the nodes share.
    pub(crate) fn shares(&self) -> &Shares {
        &self.shares
    }

    /// Waits for the permits of a load whose component takes so many, at most
    /// for the given time; `None` if there were too few.
    pub(crate) async fn loading(
        &self,
        permits: u32,
        patience: Duration,
    ) -> Option<SemaphorePermit<'_>> {
        let permits = permits.clamp(EACH_LOAD, LOADING);
        let permit = timeout(patience, self.loading.acquire_many(permits)).await;
        permit.ok()?.ok()
    }

    pub(crate) fn raw(&self) -> &wasmtime::Engine {
        &self.engine
    }
}

/// How many permits an execution of this component takes: as many as it has
/// memories, or as its tables need.
pub(crate) fn permits(component: &Component) -> u32 {
    // Unknown only if modules are imported, which no component can do that is
    // linked.
    let needs = component.resources_required();
    needs.map_or(config::MAX_MEMORIES, |needs| {
        let tables = needs.num_tables.div_ceil(config::TABLES);
        needs.num_memories.max(tables).max(1)
    })
}

/// An engine with room for `executions` executions of one memory each. A
/// component that has the most memories that limits can grant fits even if
/// there are fewer executions than that.
fn raw(executions: u32) -> wasmtime::Result<wasmtime::Engine> {
    if room(executions, mappings::allowed()).0 == 0 {
        return Err(wasmtime::Error::msg("the system allows too few mappings"));
    }
    wasmtime::Engine::new(&config(reserved(executions)))
}

/// The permits for which the engine has memories and stacks.
fn reserved(executions: u32) -> u32 {
    executions.max(config::MAX_MEMORIES).saturating_add(LOADING)
}

/// How many of so many executions can run at once, and what the next one is
/// told.
fn room(executions: u32, allowed: Option<u64>) -> (u64, String) {
    let reserved = reserved(executions).into();
    let usable = mappings::usable(reserved, allowed).saturating_sub(LOADING.into());
    if usable >= executions.into() {
        let full = "the runtime has as many executions as it has room for".to_owned();
        return (executions.into(), full);
    }
    let needed = mappings::needed(reserved);
    let full = format!(
        "{usable} executions run, and the system allows no mappings for more: set \
         `vm.max_map_count` to {needed} for {executions}"
    );
    tracing::warn!(target: "hospes", usable, executions, needed, "`vm.max_map_count` is too low");
    (usable, full)
}

/// The error for an engine that does not start with so many executions: with
/// fewer it may start.
fn no_room(executions: u32, error: &wasmtime::Error) -> BuildError {
    let (mut fits, mut too_many) = (0, executions);
    while too_many - fits > 1 {
        let middle = fits + (too_many - fits) / 2;
        match raw(middle) {
            Ok(_) => fits = middle,
            Err(_) => too_many = middle,
        }
    }
    match fits {
        0 => BuildError::Engine(format!("{error:#}")),
        fits => BuildError::Executions { executions, fits },
    }
}

/// Why a runtime could not be built.
#[derive(Debug)]
#[non_exhaustive]
pub enum BuildError {
    /// The engine does not start on this machine.
    Engine(String),
    /// There is not enough address space for so many executions, or the system
    /// allows no mapping for even one of them (`vm.max_map_count`).
    Executions {
        /// How many were asked for.
        executions: u32,
        /// How many there is room for.
        fits: u32,
    },
    /// The compile cache can't be used.
    Cache(CacheError),
    /// The host names no transport, and this library was built without the
    /// features `hyper` and `ureq`.
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
            BuildError::Executions { executions, fits } => write!(
                f,
                "the process has no room for {executions} executions at once, but for {fits}: \
                 each reserves 4 GiB of address space and two mappings"
            ),
            BuildError::Cache(error) => write!(f, "the compile cache can't be used: {error}"),
            BuildError::NoTransport => f.write_str(
                "the host names no transport, and is built without the features `hyper` and `ureq`",
            ),
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
