//! A component with its policy, limits and secrets: admitted once, immutable
//! from then on.

mod about;
mod compiled;
mod config;
mod error;
mod places;

use std::sync::Arc;

use wasmtime::component::{Component, InstancePre};

use compiled::{Compiled, compiled};
pub use config::NodeConfig;
pub use error::LoadError;
pub(crate) use places::Places;

use crate::bindings::exports::hospes::node::{action, action_async};
use crate::description::Description;
use crate::egress::{Gate, SecretGrant, Transport};
use crate::engine::{Engine, HostState, LinkError};
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
    let Compiled {
        component,
        digest,
        size,
    } = compiled(engine, config)?;
    let instance = engine.link(&component).map_err(|error| match error {
        LinkError::Missing(names) => LoadError::Import(names),
        LinkError::Other(message) => LoadError::Compile(message),
    })?;
    let entry = entry(engine, &component, &instance)?;
    let description = about::describe(engine, &instance, &entry, &config.limits)?;
    Ok(Inspected {
        digest,
        size,
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
            .map(|binding| binding.name)
            .collect(),
    })
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
