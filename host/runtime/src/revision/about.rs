//! Asking a component about itself: without any capability, with tight limits.

use std::sync::Arc;
use std::time::Duration;

use serde_json::value::RawValue;
use tokio::time::{Instant, timeout_at};
use wasmtime::component::InstancePre;

use crate::bindings::exports::hospes::node::about::GuestIndices;
use crate::bindings::hospes::node::types;
use crate::capability::http::HttpCtx;
use crate::capability::log::LogCtx;
use crate::description::{Description, EgressWish, Input};
use crate::egress::{Allowance, Gate, UreqTransport};
use crate::engine::{Engine, HostState, Meter, fault, new_store};
use crate::event::Unobserved;
use crate::json::Json;
use crate::limits::Limits;
use crate::outcome::Fault;
use crate::policy::Policy;
use crate::revision::LoadError;

const ABOUT: &str = "hospes:node/about@0.1.0";
const DEADLINE: Duration = Duration::from_secs(1);
const MAX_BYTES: usize = 256 << 10;

/// The component's description, or an empty one if it does not export `about`.
pub(crate) fn describe(
    engine: &Engine,
    instance: &InstancePre<HostState>,
    limits: &Limits,
) -> Result<Description, LoadError> {
    if instance.component().get_export_index(None, ABOUT).is_none() {
        return Ok(Description::default());
    }
    let about =
        GuestIndices::new(instance).map_err(|error| LoadError::Export(format!("{error:#}")))?;
    // Loading blocks anyway, and may be called from within an async runtime,
    // where no second one can be entered: so a thread of its own.
    let description = std::thread::scope(|scope| {
        let ask = || {
            tokio::runtime::Builder::new_current_thread()
                .enable_time()
                .build()
                .map(|runtime| runtime.block_on(ask(engine, instance, &about, limits)))
        };
        let asked = std::thread::Builder::new()
            .name("hospes-load".to_owned())
            .spawn_scoped(scope, ask);
        match asked.map(|thread| thread.join()) {
            Ok(Ok(Ok(description))) => description.map_err(LoadError::Describe),
            Ok(Ok(Err(error))) | Err(error) => Err(LoadError::Thread(error)),
            Ok(Err(_panic)) => Err(LoadError::Describe(Fault::Trap {
                message: "the host panicked while it served the node".to_owned(),
            })),
        }
    })?;
    checked(description)
}

async fn ask(
    engine: &Engine,
    instance: &InstancePre<HostState>,
    about: &GuestIndices,
    limits: &Limits,
) -> Result<types::Description, Fault> {
    let mut limits = limits.clone();
    limits.deadline = DEADLINE;
    limits.cpu = DEADLINE;
    let meter = Arc::new(Meter::new(DEADLINE));
    let (node, id): (Arc<str>, Arc<str>) = ("".into(), "about".into());
    // A gate without rules: nothing passes it.
    let transport = Arc::new(UreqTransport::new(&limits));
    let gate = Gate::new(
        Arc::clone(&node),
        0,
        Policy::default(),
        Vec::new(),
        &limits,
        transport,
        Arc::new(Unobserved),
    );
    let gate = Arc::new(gate.map_err(|error| Fault::Refused {
        message: error.to_string(),
    })?);
    let http = HttpCtx {
        gate: Arc::clone(&gate),
        allowance: Arc::new(Allowance::new(Arc::clone(&id), &limits, meter.deadline())),
    };
    let log = LogCtx::new(gate, &limits);
    let mut store = new_store(engine, &limits, &node, &id, http, log, &meter);
    let asked = meter.run(async {
        let instance = instance.instantiate_async(&mut store).await?;
        about
            .load(&mut store, &instance)?
            .call_describe(&mut store)
            .await
    });
    match timeout_at(Instant::from_std(meter.deadline()), asked).await {
        Ok(Ok(description)) => Ok(description),
        Ok(Err(error)) => Err(fault(&error, &limits)),
        Err(_elapsed) => Err(Fault::Deadline { limit: DEADLINE }),
    }
}

/// Takes a description over if it is of reasonable size and its schemas are JSON.
fn checked(description: types::Description) -> Result<Description, LoadError> {
    let invalid = |message: String| LoadError::Describe(Fault::InvalidResult { message });
    let inputs = |inputs: Vec<types::Input>| -> Vec<Input> {
        let input = |input: types::Input| Input {
            name: input.name,
            required: input.required,
            summary: input.summary,
        };
        inputs.into_iter().map(input).collect()
    };
    let schema = |schema: Option<String>, of: &str| -> Result<Option<Box<RawValue>>, LoadError> {
        let Some(text) = schema else { return Ok(None) };
        if text.len() > MAX_BYTES {
            return Err(invalid(format!("its {of} schema is larger than 256 KiB")));
        }
        let json = Json::parse(text, 64)
            .map_err(|error| invalid(format!("its {of} schema is no valid JSON: {error}")))?;
        Ok(json.to().ok())
    };
    Ok(Description {
        payload_schema: schema(description.payload_schema, "payload")?,
        result_schema: schema(description.result_schema, "result")?,
        params_schema: schema(description.params_schema, "params")?,
        name: description.name,
        version: description.version,
        summary: description.summary,
        egress: description
            .egress
            .into_iter()
            .map(|wish| EgressWish {
                method: wish.method,
                url: wish.url,
            })
            .collect(),
        params: inputs(description.params),
        secrets: inputs(description.secrets),
    })
}
