//! Instantiates a component for the first time and asks for its description:
//! without any capability, with tight limits.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Duration;

use hospes_egress::policy::Policy;
use hospes_egress::shares;
use hospes_egress::{Gate, RequestBudget};
use serde_json::Value;
use serde_json::value::RawValue;
use tokio::time::{Instant, timeout_at};
use wasmtime::component::InstancePre;

use crate::bindings::exports::hospes::node::about::GuestIndices;
use crate::bindings::hospes::node::types;
use crate::block_on::block_on;
use crate::capability::http::HttpCtx;
use crate::capability::log::LogCtx;
use crate::description::{Description, EgressRequest, Input};
use crate::engine::{Engine, ExecutionState, Meter, fault, new_store, permits};
use crate::json::Json;
use crate::limits::{Limits, Unit};
use crate::observer::{Requests, Unobserved};
use crate::outcome::Fault;
use crate::revision::no_network::NoNetwork;
use crate::revision::{ActionExport, LoadError};
use crate::schema::weigh_schema;
use crate::text::{message, short};

const ABOUT: &str = "hospes:node/about@0.1.0";
const DEADLINE: Duration = Duration::from_secs(1);
const MAX_BYTES: usize = 256 << 10;
/// The most bytes of a version, which is a label of metrics.
const VERSION: usize = 64;
const MAX_NAME: usize = 256;

/// The component's description, or an empty one if it does not export `about`.
///
/// The component is instantiated in either case: one that can't be, because it
/// has too many memories or loops in a start function, is refused.
pub(crate) fn describe(
    engine: &Engine,
    instance: &InstancePre<ExecutionState>,
    entry: &ActionExport,
    limits: &Limits,
) -> Result<Description, LoadError> {
    let about = match instance.component().get_export_index(None, ABOUT) {
        Some(_) => Some(
            GuestIndices::new(instance).map_err(|error| LoadError::Export(format!("{error:#}")))?,
        ),
        None => None,
    };
    let asked = block_on(|| ask(engine, instance, entry, about.as_ref(), limits));
    let description = match asked.map_err(LoadError::Thread)? {
        Some(description) => description?,
        None => {
            return Err(LoadError::Describe(Fault::panicked()));
        }
    };
    description.map_or_else(|| Ok(Description::default()), checked)
}

async fn ask(
    engine: &Engine,
    instance: &InstancePre<ExecutionState>,
    entry: &ActionExport,
    about: Option<&GuestIndices>,
    limits: &Limits,
) -> Result<Option<types::Description>, LoadError> {
    let mut limits = limits.clone();
    limits.deadline = DEADLINE;
    limits.cpu = DEADLINE;
    let permits = permits(instance.component());
    let place = engine.loading(permits, limits.compile).await;
    let _place = place.ok_or_else(LoadError::busy)?;
    let meter = Arc::new(Meter::new(DEADLINE));
    let (node, id): (Arc<str>, Arc<str>) = ("".into(), "about".into());
    // A gate without rules, which refuses every request.
    let gate = Gate::new(
        Arc::clone(&node),
        Arc::default(),
        Policy::default(),
        Vec::new(),
        &limits.egress,
        Arc::new(NoNetwork),
        Arc::new(Requests(Arc::new(Unobserved))),
    );
    let gate = Arc::new(gate.map_err(LoadError::Grant)?);
    let budget = Arc::new(RequestBudget::new(
        Arc::clone(&id),
        &limits.egress,
        meter.deadline(),
    ));
    let http = HttpCtx {
        gate: Arc::clone(&gate),
        budget: Arc::clone(&budget),
        recorder: None,
    };
    let memory = &engine.shares().loading().memory;
    let log = LogCtx::new(gate, &limits, None, memory.holding());
    let mut store = new_store(
        engine.raw(),
        &limits,
        &node,
        &id,
        http,
        log,
        &meter,
        engine.shares().loading(),
    );
    let started = AtomicBool::new(false);
    let asked = meter.run(async {
        let failed = |error| match budget.is_short() {
            // Memory that the host lacks is not the component's fault.
            true => Fault::Overloaded {
                message: shares::in_use(memory.whole()),
            },
            false => fault(&error, &limits),
        };
        let instance = instance.instantiate_async(&mut store).await;
        let instance = instance.map_err(|error| LoadError::start(failed(error)))?;
        // The functions' types are compared here, once.
        match entry {
            ActionExport::Sync(action) => action.load(&mut store, &instance).map(|_| ()),
            ActionExport::Async(action) => action.load(&mut store, &instance).map(|_| ()),
        }
        .map_err(another_type)?;
        let Some(about) = about else { return Ok(None) };
        let about = about.load(&mut store, &instance).map_err(another_type)?;
        started.store(true, Relaxed);
        let description = about.call_describe(&mut store).await;
        description
            .map(Some)
            .map_err(|error| LoadError::describe(failed(error)))
    });
    match timeout_at(Instant::from_std(meter.deadline()), asked).await {
        Ok(asked) => asked,
        Err(_elapsed) => {
            let late = Fault::Deadline { limit: DEADLINE };
            Err(if started.load(Relaxed) {
                LoadError::Describe(late)
            } else {
                LoadError::Start(late)
            })
        }
    }
}

fn another_type(error: wasmtime::Error) -> LoadError {
    let why = error.root_cause();
    LoadError::Export(format!("it exports a function of another type: {why}"))
}

/// Converts a description if it has a reasonable size and its schemas are JSON.
fn checked(description: types::Description) -> Result<Description, LoadError> {
    let invalid = |message: String| LoadError::Describe(Fault::InvalidResult { message });
    if bytes(&description) > MAX_BYTES {
        let max = Unit::Bytes.show(MAX_BYTES as u64);
        return Err(invalid(format!("it has more than {max} to say")));
    }
    if description.name.len() > MAX_NAME {
        return Err(invalid(format!("its name has more than {MAX_NAME} bytes")));
    }
    let inputs = |inputs: Vec<types::Input>| -> Vec<Input> {
        let input = |input: types::Input| Input {
            name: input.name,
            required: input.required,
            summary: message(&input.summary),
        };
        inputs.into_iter().map(input).collect()
    };
    let schema = |schema: Option<String>, of: &str| -> Result<Option<Box<RawValue>>, LoadError> {
        let Some(text) = schema else { return Ok(None) };
        let json = Json::within(text, 64)
            .map_err(|error| invalid(format!("its {of} schema is not valid JSON: {error}")))?;
        let parsed: Value = json.to().map_err(|error| invalid(error.to_string()))?;
        weigh_schema(&parsed).map_err(|error| invalid(format!("its {of} schema: {error}")))?;
        Ok(json.to().ok())
    };
    Ok(Description {
        payload_schema: schema(description.payload_schema, "payload")?,
        result_schema: schema(description.result_schema, "result")?,
        params_schema: schema(description.params_schema, "params")?,
        name: description.name,
        version: short(&description.version, VERSION),
        summary: message(&description.summary),
        egress: description
            .egress
            .into_iter()
            .map(|wish| EgressRequest {
                method: wish.method,
                url: wish.url,
            })
            .collect(),
        params: inputs(description.params),
        secrets: inputs(description.secrets),
    })
}

/// The size of all texts of a description, and a little for each entry of a
/// list.
fn bytes(description: &types::Description) -> usize {
    const ENTRY: usize = 64;
    let inputs = |inputs: &[types::Input]| -> usize {
        let input = |input: &types::Input| ENTRY + input.name.len() + input.summary.len();
        inputs.iter().map(input).sum()
    };
    let schema = |schema: &Option<String>| schema.as_ref().map_or(0, String::len);
    let wish = |wish: &types::Egress| ENTRY + wish.method.len() + wish.url.len();
    description.name.len()
        + description.version.len()
        + description.summary.len()
        + description.egress.iter().map(wish).sum::<usize>()
        + inputs(&description.params)
        + inputs(&description.secrets)
        + schema(&description.payload_schema)
        + schema(&description.result_schema)
        + schema(&description.params_schema)
}
