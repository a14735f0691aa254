//! A component with its policy, limits and secrets: admitted once, immutable
//! from then on.

mod about;
mod config;
mod error;
mod places;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use sha2::{Digest, Sha256};
use wasmtime::component::{Component, InstancePre};

pub use config::NodeConfig;
pub use error::LoadError;
pub(crate) use places::Places;

use crate::bindings::exports::hospes::node::{action, action_async};
use crate::description::Description;
use crate::egress::{Gate, SecretGrant, Transport};
use crate::engine::{Engine, HostState};
use crate::event::Observer;
use crate::json::Json;
use crate::limits::Limits;
use crate::outcome::RevisionId;
use crate::retry::RetryPolicy;

/// The package and version of the contract that this host speaks.
const ACTION: &str = "hospes:node/action@0.1.0";
const ACTION_ASYNC: &str = "hospes:node/action-async@0.1.0";

/// One admitted component with everything that belongs to it.
pub(crate) struct Revision {
    pub(crate) node: Arc<str>,
    pub(crate) id: Arc<RevisionId>,
    pub(crate) instance: InstancePre<HostState>,
    pub(crate) entry: Entry,
    pub(crate) description: Description,
    pub(crate) gate: Arc<Gate>,
    pub(crate) limits: Limits,
    pub(crate) retry: RetryPolicy,
    pub(crate) places: Places,
    pub(crate) env: String,
    pub(crate) params: Json,
    pub(crate) secrets: Vec<String>,
}

/// The function to call, and thereby the world the component was built for.
pub(crate) enum Entry {
    Sync(action::GuestIndices),
    Async(action_async::GuestIndices),
}

/// A component that compiled and fits the host, with nothing granted to it yet.
pub(crate) struct Inspected {
    pub(crate) digest: String,
    pub(crate) size: u64,
    pub(crate) component: Component,
    pub(crate) instance: InstancePre<HostState>,
    pub(crate) entry: Entry,
    pub(crate) description: Description,
}

/// Compiles and checks a component and asks it about itself.
pub(crate) fn inspect(engine: &Engine, config: &NodeConfig) -> Result<Inspected, LoadError> {
    let limits = &config.limits;
    let bytes = config.component.read(limits.component)?;
    let digest = format!("sha256:{}", hex(&Sha256::digest(&bytes)));
    if let Some(expected) = &config.digest
        && *expected != digest
    {
        return Err(LoadError::Digest {
            expected: expected.clone(),
            found: digest,
        });
    }
    is_component(&bytes)?;
    // The compiler is trusted to be correct, not to be free of panics on
    // inputs that nobody has tried.
    let compiled = catch_unwind(AssertUnwindSafe(|| engine.compile(&digest, &bytes)));
    let component = compiled
        .map_err(|_panic| LoadError::Compile("the compiler panicked".to_owned()))?
        .map_err(|error| LoadError::Compile(format!("{error:#}")))?;
    let instance = engine
        .link(&component)
        .map_err(|error| LoadError::import(engine.raw(), &component, &error))?;
    let entry = entry(engine, &component, &instance)?;
    let description = about::describe(engine, &instance, &entry, limits)?;
    Ok(Inspected {
        digest,
        size: bytes.len() as u64,
        component,
        instance,
        entry,
        description,
    })
}

/// Makes a revision out of a component and what the operator grants it.
pub(crate) fn admit(
    engine: &Engine,
    node: Arc<str>,
    generation: u64,
    config: NodeConfig,
    transport: Arc<dyn Transport>,
    observer: Arc<dyn Observer>,
) -> Result<Revision, LoadError> {
    let mut secrets = Vec::with_capacity(config.secrets.len());
    for binding in &config.secrets {
        let value = binding.source.fetch().map_err(|error| LoadError::Secret {
            name: binding.name.clone(),
            error,
        })?;
        secrets.push(SecretGrant {
            name: binding.name.clone(),
            to: binding.to.clone(),
            attached: binding.attached.clone(),
            value,
        });
    }
    let inspected = inspect(engine, &config)?;
    let id = Arc::new(RevisionId {
        digest: inspected.digest,
        generation,
        version: inspected.description.version.clone(),
    });
    let gate = Gate::new(
        Arc::clone(&node),
        Arc::clone(&id),
        config.policy,
        secrets,
        &config.limits,
        transport,
        observer,
    )
    .map_err(LoadError::Grant)?;
    Ok(Revision {
        node,
        id,
        instance: inspected.instance,
        entry: inspected.entry,
        description: inspected.description,
        gate: Arc::new(gate),
        places: Places::new(&config.limits),
        limits: config.limits,
        retry: config.retry,
        env: config.env,
        params: config.params,
        secrets: config
            .secrets
            .into_iter()
            .filter(|binding| binding.attached.is_none())
            .map(|binding| binding.name)
            .collect(),
    })
}

/// Refuses what is no component before the compiler sees it.
fn is_component(bytes: &[u8]) -> Result<(), LoadError> {
    let what = match bytes {
        [0, b'a', b's', b'm', 0x0d, 0, 1, 0, ..] => return Ok(()),
        [0, b'a', b's', b'm', 1, 0, 0, 0, ..] => {
            "it is a core WebAssembly module; build it for the target wasm32-wasip2"
        }
        _ if wasmtime::Engine::detect_precompiled(bytes).is_some() => {
            "it is compiled native code, which can't be checked"
        }
        [] => "it is empty",
        _ => "it is no WebAssembly",
    };
    Err(LoadError::NotAComponent(what))
}

/// Finds out from the exports which world the component was built for.
fn entry(
    engine: &Engine,
    component: &Component,
    instance: &InstancePre<HostState>,
) -> Result<Entry, LoadError> {
    let wrong = |error: wasmtime::Error| LoadError::Export(format!("{error:#}"));
    if component.get_export_index(None, ACTION).is_some() {
        return action::GuestIndices::new(instance)
            .map(Entry::Sync)
            .map_err(wrong);
    }
    if component.get_export_index(None, ACTION_ASYNC).is_some() {
        return action_async::GuestIndices::new(instance)
            .map(Entry::Async)
            .map_err(wrong);
    }
    let ty = component.component_type();
    let other = ty
        .exports(engine.raw())
        .map(|(name, _)| name)
        .find(|name| name.starts_with("hospes:node/action"));
    Err(LoadError::Export(match other {
        Some(name) => format!("it exports `{name}`, and this host speaks `{ACTION}`"),
        None => format!("it exports neither `{ACTION}` nor `{ACTION_ASYNC}`"),
    }))
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;

    bytes
        .iter()
        .fold(String::with_capacity(64), |mut hex, byte| {
            _ = write!(hex, "{byte:02x}");
            hex
        })
}
