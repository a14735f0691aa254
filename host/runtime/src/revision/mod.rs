//! A component with its policy, limits and secrets: admitted once, immutable
//! from then on.

mod about;
mod changes;
mod config;
mod error;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use wasmtime::component::{Component, InstancePre};

pub(crate) use changes::changes;
pub use config::NodeConfig;
pub use error::LoadError;
pub(crate) use error::superseded;

use crate::bindings::exports::hospes::node::{action, action_async};
use crate::description::Description;
use crate::digest::sha256;
use crate::egress::{Gate, GrantError, SecretGrant, Transport};
use crate::engine::{Engine, HostState};
use crate::event::Observer;
use crate::golden::GoldenCase;
use crate::json::Json;
use crate::limits::Limits;
use crate::outcome::RevisionId;
use crate::policy::Policy;
use crate::protection::Protection;
use crate::retry::RetryPolicy;
use crate::signature::SignatureError;
use crate::swap::Rollout;

/// The package and version of the contract that this host speaks.
const ACTION: &str = "hospes:node/action@0.1.0";
const ACTION_ASYNC: &str = "hospes:node/action-async@0.1.0";

/// One admitted component with everything that is granted to it. It can be
/// published again and again, each time as a revision of its own.
pub(crate) struct Admitted {
    pub(crate) node: Arc<str>,
    pub(crate) digest: String,
    pub(crate) imports: Vec<String>,
    pub(crate) instance: InstancePre<HostState>,
    pub(crate) entry: Entry,
    pub(crate) description: Description,
    pub(crate) policy: Policy,
    pub(crate) secrets: Vec<SecretGrant>,
    pub(crate) secret_names: Vec<String>,
    pub(crate) limits: Limits,
    pub(crate) retry: RetryPolicy,
    pub(crate) env: String,
    pub(crate) params: Json,
    pub(crate) golden: Vec<GoldenCase>,
    pub(crate) protection: Option<Protection>,
    pub(crate) rollout: Rollout,
    /// Whether requests carry the trace of their execution.
    pub(crate) propagate: bool,
    pub(crate) note: String,
}

/// One generation of it, with connections of its own.
pub(crate) struct Revision {
    pub(crate) id: Arc<RevisionId>,
    pub(crate) admitted: Arc<Admitted>,
    pub(crate) gate: Arc<Gate>,
}

impl Revision {
    /// A revision of what was admitted.
    ///
    /// # Errors
    ///
    /// A secret that could not be used safely.
    pub(crate) fn new(
        admitted: Arc<Admitted>,
        generation: u64,
        transport: Arc<dyn Transport>,
        observer: Arc<dyn Observer>,
    ) -> Result<Revision, GrantError> {
        let id = Arc::new(RevisionId {
            digest: admitted.digest.clone(),
            generation,
            version: admitted.description.version.clone(),
        });
        let gate = Gate::new(
            Arc::clone(&admitted.node),
            Arc::clone(&id),
            admitted.policy.clone(),
            admitted.secrets.clone(),
            &admitted.limits,
            transport,
            observer,
        )?;
        Ok(Revision {
            id,
            gate: Arc::new(gate.propagating(admitted.propagate)),
            admitted,
        })
    }
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
    let (digest, bytes) = read(config)?;
    compile(engine, config, digest, &bytes)
}

/// Reads a component and checks that it is the one that the operator named.
fn read(config: &NodeConfig) -> Result<(String, Vec<u8>), LoadError> {
    let bytes = config.component.read(config.limits.component)?;
    let digest = sha256(&bytes);
    if let Some(expected) = &config.digest
        && *expected != digest
    {
        return Err(LoadError::Digest {
            expected: expected.clone(),
            found: digest,
        });
    }
    Ok((digest, bytes))
}

/// Checks the signature over the component and its policy.
fn check_signature(config: &NodeConfig, digest: &str) -> Result<(), LoadError> {
    let checked = match &config.signature {
        None if config.keys.is_empty() => Ok(()),
        None => Err(SignatureError::Missing),
        Some(_) if config.keys.is_empty() => Err(SignatureError::NoKey),
        Some(signature) => signature.verify(&config.keys, digest, &config.policy),
    };
    checked.map_err(LoadError::Signature)
}

fn compile(
    engine: &Engine,
    config: &NodeConfig,
    digest: String,
    bytes: &[u8],
) -> Result<Inspected, LoadError> {
    is_component(bytes)?;
    // The compiler is trusted to be correct, not to be free of panics on
    // inputs that nobody has tried.
    let compiled = catch_unwind(AssertUnwindSafe(|| engine.compile(&digest, bytes)));
    let component = compiled
        .map_err(|_panic| LoadError::Compile("the compiler panicked".to_owned()))?
        .map_err(|error| LoadError::Compile(format!("{error:#}")))?;
    let instance = engine
        .link(&component)
        .map_err(|error| LoadError::import(engine.raw(), &component, &error))?;
    let entry = entry(engine, &component, &instance)?;
    let description = about::describe(engine, &instance, &entry, &config.limits)?;
    Ok(Inspected {
        digest,
        size: bytes.len() as u64,
        component,
        instance,
        entry,
        description,
    })
}

/// Admits a component with what the operator grants it.
pub(crate) fn admit(
    engine: &Engine,
    node: Arc<str>,
    propagate: bool,
    config: NodeConfig,
) -> Result<Admitted, LoadError> {
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
    let (digest, bytes) = read(&config)?;
    check_signature(&config, &digest)?;
    let inspected = compile(engine, &config, digest, &bytes)?;
    Ok(Admitted {
        node,
        imports: imports(engine, &inspected.component),
        digest: inspected.digest,
        instance: inspected.instance,
        entry: inspected.entry,
        description: inspected.description,
        policy: config.policy,
        secret_names: nameable(&secrets),
        secrets,
        limits: config.limits,
        retry: config.retry,
        env: config.env,
        params: config.params,
        golden: config.golden,
        protection: config.protection,
        rollout: config.rollout,
        propagate,
        note: config.note,
    })
}

/// The secrets that the node may name; what the host attaches by itself is not
/// among them.
fn nameable(secrets: &[SecretGrant]) -> Vec<String> {
    let named = secrets.iter().filter(|secret| secret.attached.is_none());
    named.map(|secret| secret.name.clone()).collect()
}

/// The interfaces that a component imports. Their versions are left out: an
/// interface is a power, its version is not.
fn imports(engine: &Engine, component: &Component) -> Vec<String> {
    let ty = component.component_type();
    let names = ty.imports(engine.raw());
    names
        .map(|(name, _)| name.split('@').next().unwrap_or(name).to_owned())
        .collect()
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
