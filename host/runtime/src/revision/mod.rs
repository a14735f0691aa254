//! A component with its policy, limits and secrets: checked once, then
//! immutable.

mod about;
mod automatic_rollback;
mod changes;
mod compiled;
mod config;
mod demands;
mod error;
mod grants;
mod narrower;
mod no_network;
mod secret_grant;

use std::sync::Arc;

use hospes_egress::policy::Policy;
use hospes_egress::transport::Transport;
use hospes_egress::{BoundSecret, Gate, GrantError, Origins};
use wasmtime::component::{Component, InstancePre};

pub(crate) use automatic_rollback::{AutomaticRollback, automatic_rollback, covers, may_serve};
pub(crate) use changes::changes;
use compiled::{Compiled, compiled, demanded};
use config::ComponentSource;
pub use config::NodeConfig;
pub(crate) use demands::Demands;
pub use error::LoadError;
pub(crate) use error::superseded;
pub use secret_grant::SecretGrant;

use crate::bindings::exports::hospes::node::{action, action_async};
use crate::description::Description;
use crate::engine::{Code, Engine, ExecutionState, LinkError, Linked, permits};
use crate::golden::GoldenCase;
use crate::json::Json;
use crate::limits::Limits;
use crate::observer::{Observer, Requests};
use crate::outcome::RevisionId;
use crate::protection::Protection;
use crate::retry::RetryPolicy;
use crate::signature::Signature;
use crate::swap::Rollout;

/// The package and version of the contract that this host supports.
pub(crate) const CONTRACT: &str = "hospes:node@0.1.0";
const ACTION: &str = "hospes:node/action@0.1.0";
const ACTION_ASYNC: &str = "hospes:node/action-async@0.1.0";

/// One checked component with everything that it is granted. It can be
/// published repeatedly, each time as a new revision.
#[derive(Clone)]
pub(crate) struct AdmittedComponent {
    pub(crate) node: Arc<str>,
    pub(crate) digest: String,
    pub(crate) imports: Vec<String>,
    /// Its code, which other nodes can share.
    pub(crate) code: Arc<Code>,
    pub(crate) instance: InstancePre<ExecutionState>,
    /// How many of the runtime's permits an execution takes.
    pub(crate) permits: u32,
    pub(crate) entry: Arc<ActionExport>,
    pub(crate) description: Description,
    pub(crate) policy: Policy,
    pub(crate) secrets: Vec<BoundSecret>,
    pub(crate) secret_names: Vec<String>,
    pub(crate) limits: Limits,
    pub(crate) retry: RetryPolicy,
    pub(crate) env: String,
    pub(crate) params: Json,
    pub(crate) demands: Arc<Demands>,
    pub(crate) signatures: Vec<Signature>,
    /// The hash of the grants that signatures are for: its grants, or grants of
    /// which it has a part.
    pub(crate) signed_grants: String,
    pub(crate) golden: Vec<GoldenCase>,
    pub(crate) protection: Option<Protection>,
    pub(crate) rollout: Rollout,
    /// Whether requests carry the trace of their execution.
    pub(crate) propagate: bool,
    pub(crate) note: String,
}

/// One generation of a component, with separate connections.
pub(crate) struct Revision {
    pub(crate) id: Arc<RevisionId>,
    pub(crate) admitted: Arc<AdmittedComponent>,
    pub(crate) gate: Arc<Gate>,
    /// The demands on a revision that replaces it automatically. An earlier
    /// revision that comes back takes over the current demands.
    pub(crate) demands: Arc<Demands>,
}

impl Revision {
    /// Makes a revision of a component.
    ///
    /// # Errors
    ///
    /// A secret that could not be used safely.
    pub(crate) fn new(
        admitted: Arc<AdmittedComponent>,
        generation: u64,
        transport: Arc<dyn Transport>,
        observer: Arc<dyn Observer>,
        origins: Arc<Origins>,
    ) -> Result<Revision, GrantError> {
        let id = Arc::new(RevisionId::new(
            &*admitted.digest,
            generation,
            &*admitted.description.version,
        ));
        let gate = Gate::new(
            Arc::clone(&admitted.node),
            Arc::clone(&id),
            admitted.policy.clone(),
            admitted.secrets.clone(),
            &admitted.limits.egress,
            transport,
            Arc::new(Requests(observer)),
        )?;
        Ok(Revision {
            id,
            gate: Arc::new(gate.propagating(admitted.propagate).sharing(origins)),
            demands: Arc::clone(&admitted.demands),
            admitted,
        })
    }

    /// Replaces the demands by the current ones.
    pub(crate) fn demanding(mut self, demands: &Arc<Demands>) -> Revision {
        self.demands = Arc::clone(demands);
        self
    }
}

/// The function to call, which tells for which world the component was built.
pub(crate) enum ActionExport {
    Sync(action::GuestIndices),
    Async(action_async::GuestIndices),
}

/// A component that compiled and fits the host, with nothing granted to it yet.
pub(crate) struct Inspected {
    pub(crate) digest: String,
    pub(crate) size: u64,
    pub(crate) code: Arc<Code>,
    pub(crate) linked: Linked,
    pub(crate) entry: ActionExport,
    pub(crate) description: Description,
}

/// A way to link a component.
type Link = fn(&Engine, &Component) -> Result<Linked, LinkError>;

/// Compiles and checks a component, and asks for its description.
pub(crate) fn inspect(
    engine: &Engine,
    config: &NodeConfig,
    link: Link,
) -> Result<Inspected, LoadError> {
    let Compiled { code, digest, size } = compiled(engine, config)?;
    let component = &code.component;
    let linked = link(engine, component).map_err(|error| match error {
        LinkError::Missing(names) => LoadError::Import(names),
        LinkError::Unused(name) => LoadError::Stub(name),
        LinkError::Other(message) => LoadError::Compile(message),
    })?;
    let entry = entry(engine, component, &linked.instance)?;
    let description = about::describe(engine, &linked.instance, &entry, &config.limits)?;
    Ok(Inspected {
        digest,
        size,
        code,
        linked,
        entry,
        description,
    })
}

/// Loads a component with the grants of the operator.
pub(crate) fn admit(
    engine: &Engine,
    node: Arc<str>,
    propagate: bool,
    config: NodeConfig,
) -> Result<AdmittedComponent, LoadError> {
    let secrets = secrets(&config.secrets)?;
    let inspected = inspect(engine, &config, Engine::link)?;
    let component = ExaminedComponent {
        imports: imports(engine, &inspected.code.component),
        code: inspected.code,
        digest: inspected.digest,
        instance: inspected.linked.instance,
        entry: Arc::new(inspected.entry),
        description: inspected.description,
    };
    Ok(granted(node, propagate, component, secrets, config))
}

/// Loads the component that serves with other grants.
pub(crate) fn readmit(
    serving: &AdmittedComponent,
    config: NodeConfig,
) -> Result<AdmittedComponent, LoadError> {
    let secrets = secrets(&config.secrets)?;
    let component = ExaminedComponent {
        imports: serving.imports.clone(),
        code: Arc::clone(&serving.code),
        digest: demanded(serving.digest.clone(), &config)?,
        instance: serving.instance.clone(),
        entry: Arc::clone(&serving.entry),
        description: serving.description.clone(),
    };
    let node = Arc::clone(&serving.node);
    Ok(granted(node, serving.propagate, component, secrets, config))
}

/// What is known about a component, independently of its grants.
struct ExaminedComponent {
    imports: Vec<String>,
    code: Arc<Code>,
    digest: String,
    instance: InstancePre<ExecutionState>,
    entry: Arc<ActionExport>,
    description: Description,
}

fn granted(
    node: Arc<str>,
    propagate: bool,
    component: ExaminedComponent,
    secrets: Vec<BoundSecret>,
    config: NodeConfig,
) -> AdmittedComponent {
    let demands = Arc::new(config.demands());
    let signed_grants = config.signed();
    AdmittedComponent {
        node,
        imports: component.imports,
        code: component.code,
        digest: component.digest,
        permits: permits(component.instance.component()),
        instance: component.instance,
        entry: component.entry,
        description: component.description,
        policy: config.policy,
        secret_names: secrets.iter().map(|secret| secret.name.clone()).collect(),
        secrets,
        limits: config.limits,
        retry: config.retry,
        env: config.env,
        params: config.params,
        demands,
        signatures: config.signatures,
        signed_grants,
        golden: config.golden,
        protection: config.protection,
        rollout: config.rollout,
        propagate,
        note: config.note,
    }
}

/// The secrets with their values.
fn secrets(grants: &[SecretGrant]) -> Result<Vec<BoundSecret>, LoadError> {
    let fetch = |grant: &SecretGrant| {
        let value = grant.source.fetch();
        Ok(BoundSecret {
            name: grant.name.clone(),
            to: grant.to.clone(),
            attached: grant.attached.clone(),
            withhold: grant.withhold,
            value: value.map_err(|error| LoadError::Secret {
                name: grant.name.clone(),
                error,
            })?,
        })
    };
    grants.iter().map(fetch).collect()
}

impl NodeConfig {
    /// Whether it is for the component that serves.
    pub(crate) fn is_for_serving(&self) -> bool {
        matches!(self.component, ComponentSource::Serving)
    }
}

/// The interfaces that a component imports, without their versions: an
/// interface is an ability, its version is not.
fn imports(engine: &Engine, component: &Component) -> Vec<String> {
    let ty = component.component_type();
    let names = ty.imports(engine.raw());
    names
        .map(|(name, _)| name.split('@').next().unwrap_or(name).to_owned())
        .collect()
}

/// Finds out from the exports for which world the component was built.
fn entry(
    engine: &Engine,
    component: &Component,
    instance: &InstancePre<ExecutionState>,
) -> Result<ActionExport, LoadError> {
    let wrong = |error: wasmtime::Error| LoadError::Export(format!("{error:#}"));
    if component.get_export_index(None, ACTION).is_some() {
        return action::GuestIndices::new(instance)
            .map(ActionExport::Sync)
            .map_err(wrong);
    }
    if component.get_export_index(None, ACTION_ASYNC).is_some() {
        return action_async::GuestIndices::new(instance)
            .map(ActionExport::Async)
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
