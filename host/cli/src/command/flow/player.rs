//! A flow that is ready to play: its solution is checked, its nodes are loaded.

use std::path::Path;

use anyhow::{anyhow, bail};
use hospes::egress::{Roots, nearest};
use hospes::{ExecuteError, Outcome, Runtime};
use hospes_solution::flow::FieldKind;
use hospes_solution::session::{Act, Acted, Ask, Output, SessionError};
use hospes_solution::{Flow, Overrides, Session, Solution};
use serde_json::{Map, Value};

use super::event::{Event, HostEvent};
use crate::cache::Cache;
use crate::compiling::compiling;
use crate::exit::Fault;
use crate::host::{self, Surroundings};
use crate::outcome;
use crate::solution;
use crate::terminal::visible;
use crate::trace::Trace;

/// Asks a person or a script.
pub(crate) type OnAsk<'a> = &'a mut dyn FnMut(&Ask) -> anyhow::Result<String>;
/// Gets each event.
pub(crate) type OnEvent<'a> = &'a mut dyn FnMut(&Event<'_>) -> anyhow::Result<()>;

/// A flow, and a runtime with its nodes.
pub(crate) struct FlowPlayer {
    pub(crate) flow: Flow,
    env: String,
    runtime: Runtime,
    trace: Option<Trace>,
    /// A component is compiled when it is inspected, and then loaded from this
    /// cache.
    _cache: Cache,
}

impl FlowPlayer {
    /// Checks the whole solution, and loads the flow's nodes.
    pub(crate) fn new(
        file: &Path,
        flow: &str,
        env: Option<&str>,
        trace: bool,
        roots: Option<Roots>,
        cache: Cache,
    ) -> anyhow::Result<FlowPlayer> {
        let cache = cache.or_temporary()?;
        let trace = trace.then(Trace::default);
        let runtime = host::runtime(Surroundings {
            cache: Some(&cache),
            trace: trace.clone(),
            roots,
            ..Surroundings::default()
        })?;
        let solution = solution::read(file, &runtime).map_err(solution::error)?;
        let flow = find(&solution, flow, file)?.clone();
        let wrong = |error| anyhow!("{}: {error}", file.display());
        let env = solution.environment(env).map_err(wrong)?.name;
        let chosen = Some(env.as_str()).filter(|name| !name.is_empty());
        for node in flow.nodes() {
            let grants = solution
                .grants(node, chosen, &Overrides::default())
                .map_err(wrong)?;
            let config = grants.config()?;
            compiling(&grants.component, || runtime.load(node, config))
                .map_err(|error| host::load_error(error, &grants.component))?;
        }
        Ok(FlowPlayer {
            flow,
            env,
            runtime,
            trace,
            _cache: cache,
        })
    }

    /// The flow's inputs from the command line.
    pub(crate) fn inputs(&self, pairs: &[(String, String)]) -> anyhow::Result<Map<String, Value>> {
        let mut inputs = Map::new();
        for (name, text) in pairs {
            let kind = self.flow.inputs.get(name).map(|input| input.kind);
            let value = match kind {
                Some(FieldKind::Number | FieldKind::Boolean) => serde_json::from_str(text)
                    .map_err(|_| anyhow!("--var {name}: `{}` is not JSON", visible(text)))?,
                _ => Value::from(text.as_str()),
            };
            inputs.insert(name.clone(), value);
        }
        Ok(inputs)
    }

    /// Plays the flow from its start to its end.
    pub(crate) fn play(
        &self,
        inputs: Map<String, Value>,
        answer: OnAsk<'_>,
        hear: OnEvent<'_>,
    ) -> anyhow::Result<Session> {
        let id = uuid::Uuid::new_v4().to_string();
        let started = Session::start(&self.flow, &id, inputs);
        let (mut session, mut outputs) =
            started.map_err(|error| anyhow!("{}", start_error(&error)))?;
        hear(&Event::Host(HostEvent::Start {
            flow: &self.flow.name,
            revision: &self.flow.revision,
            session: session.id(),
            env: &self.env,
        }))?;
        loop {
            for output in &outputs {
                hear(&Event::Output(output))?;
            }
            outputs = match outputs.last() {
                Some(Output::Ask(ask)) => {
                    let text = answer(ask)?;
                    hear(&Event::Host(HostEvent::Answer {
                        field: &ask.field,
                        text: &text,
                    }))?;
                    session.answer(&self.flow, &text)?
                }
                Some(Output::Act(act)) => {
                    let acted = self.act(act, hear)?;
                    session.acted(&self.flow, &acted)?
                }
                _ => return Ok(session),
            };
        }
    }

    fn act(&self, act: &Act, hear: OnEvent<'_>) -> anyhow::Result<Acted> {
        let executed = self.execute(act);
        for exchange in self.trace.iter().flat_map(Trace::take) {
            let exchange = &exchange;
            hear(&Event::Host(HostEvent::Wire { exchange }))?;
        }
        let outcome = match executed {
            Ok(outcome) => outcome,
            // Nothing was called; the flow has an edge for that.
            Err(error) => {
                return Acted::unsent(&error).ok_or_else(|| Fault(error.to_string()).into());
            }
        };
        outcome::log(&outcome.logs);
        hear(&Event::Host(HostEvent::Outcome {
            step: &act.step,
            outcome: &outcome,
        }))?;
        Ok(Acted::from(&outcome))
    }

    fn execute(&self, act: &Act) -> Result<Outcome, ExecuteError> {
        let (payload, context) = act.call()?;
        self.runtime
            .execute_blocking(&act.node, payload.as_str(), &context)
    }
}

/// The flow of that name.
pub(super) fn find<'s>(
    solution: &'s Solution,
    name: &str,
    file: &Path,
) -> anyhow::Result<&'s Flow> {
    if let Some(flow) = solution.flows.get(name) {
        return Ok(flow);
    }
    let known = || solution.flows.keys().map(String::as_str);
    let hint = match nearest(name, known()) {
        Some(nearest) => format!("did you mean `{nearest}`?"),
        None if solution.flows.is_empty() => "the solution has no flows".to_owned(),
        None => {
            let known: Vec<String> = known().map(|name| format!("`{name}`")).collect();
            format!("the flows are {}", known.join(", "))
        }
    };
    bail!(
        "{}: no flow is called `{}`: {hint}",
        file.display(),
        visible(name)
    )
}

/// The message for a session that could not be started.
fn start_error(error: &SessionError) -> String {
    match error {
        SessionError::MissingInput { name } => format!("{error}: add --var {name}=VALUE"),
        error => error.to_string(),
    }
}
