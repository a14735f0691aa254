//! Sessions: conversations in progress.

mod acted;
mod answer;
mod call;
mod error;
mod output;
mod state;
mod turn;

use hospes::egress::nearest;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::flow::Flow;

pub use acted::{Acted, Failed};
pub use error::SessionError;
pub use output::{Act, Ask, Output};
pub use state::State;

/// Room for the number of the execution behind it.
const MAX_ID: usize = 100;

/// A conversation in progress: a value without a thread, a terminal or a
/// connection. It takes an answer and returns what comes next:
///
/// ```
/// use std::path::Path;
///
/// use hospes_solution::flow::Nodes;
/// use hospes_solution::session::{Acted, Output};
/// use hospes_solution::{Flow, Session};
/// use serde_json::{Map, json};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let text = r#"
///     start = "ask"
///     [step.ask]
///     collect = [{ name = "name", kind = "text", prompt = "Who are you?" }]
///     next = "greet"
///     failure = "sorry"
///     [step.greet]
///     action = "hello"
///     payload = { name = "{name}" }
///     success = "done"
///     failure = "sorry"
///     [step.done]
///     end = "greeted"
///     [step.sorry]
///     end = "not greeted"
///     failed = true
/// "#;
/// let flow = Flow::parse("greeting", Path::new("greeting.toml"), text, &Nodes::unknown())?;
/// let (mut session, outputs) = Session::start(&flow, "s-1", Map::new())?;
/// assert!(matches!(&outputs[..], [Output::Ask(ask)] if ask.prompt == "Who are you?"));
///
/// let outputs = session.answer(&flow, "Ada")?;
/// assert!(matches!(&outputs[..], [Output::Edge { .. }, Output::Act(act)]
///     if act.node == "hello" && act.payload == json!({"name": "Ada"})));
///
/// // The host stores the session, calls the node, and says what came of it.
/// let stored = serde_json::to_string(&session)?;
/// let mut session: Session = serde_json::from_str(&stored)?;
/// let outputs = session.acted(&flow, &Acted::Success(json!({"greeting": "Hello, Ada."})))?;
/// assert!(matches!(outputs.last(), Some(Output::End { end, .. }) if end == "greeted"));
/// # Ok(())
/// # }
/// ```
///
/// # Crashes
///
/// Store the session whenever it has returned outputs, before you act on them. A
/// session that is found in [`State::Acting`] may or may not have called its
/// node. [`Session::resume`] returns the call again, with the same execution id:
///
/// * A host that keeps outcomes by execution id looks there, and passes what it
///   finds to [`Session::acted`].
/// * A host whose upstream takes the execution id as an idempotency key may make
///   the call again.
/// * Every other host calls [`Session::lost`]: the session takes the edge for
///   `unknown`, and nothing is done twice.
///
/// A session contains what the person said. It contains no secrets.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Session {
    id: String,
    flow: String,
    revision: String,
    step: String,
    #[serde(flatten)]
    state: State,
    variables: Map<String, Value>,
    /// How many calls it has started.
    calls: u64,
}

impl Session {
    /// Starts a session. Its id must be new, 1 to 100 visible ASCII
    /// characters: the ids of its executions are made of it.
    ///
    /// # Errors
    ///
    /// If the id has another form, or the inputs are not those of the flow.
    pub fn start(
        flow: &Flow,
        id: &str,
        inputs: Map<String, Value>,
    ) -> Result<(Session, Vec<Output>), SessionError> {
        if !(1..=MAX_ID).contains(&id.len()) || !id.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(SessionError::Id);
        }
        let mut session = Session {
            id: id.to_owned(),
            flow: flow.name.clone(),
            revision: flow.revision.clone(),
            step: flow.start().to_owned(),
            state: State::Asking { field: 0, wrong: 0 },
            variables: check_inputs(flow, inputs)?,
            calls: 0,
        };
        let mut outputs = Vec::new();
        if let Some(turn) = session.enter(flow, flow.start(), &mut outputs)? {
            session.go(flow, turn, &mut outputs)?;
        }
        Ok((session, outputs))
    }

    /// Takes the person's answer, and returns what comes next.
    ///
    /// # Errors
    ///
    /// If nothing was asked, or the flow has changed.
    pub fn answer(&mut self, flow: &Flow, text: &str) -> Result<Vec<Output>, SessionError> {
        let mut next = self.clone();
        let outputs = next.take_answer(flow, text)?;
        *self = next;
        Ok(outputs)
    }

    /// Takes the outcome of a call, and returns what comes next.
    ///
    /// # Errors
    ///
    /// If nothing was called, or the flow has changed.
    pub fn acted(&mut self, flow: &Flow, acted: &Acted) -> Result<Vec<Output>, SessionError> {
        let mut next = self.clone();
        let outputs = next.take_outcome(flow, acted)?;
        *self = next;
        Ok(outputs)
    }

    /// Reports that the outcome of a call is unknown, or whether it was made:
    /// the session takes the edge for `unknown`, or else that for failure.
    ///
    /// # Errors
    ///
    /// As [`Session::acted`].
    pub fn lost(&mut self, flow: &Flow) -> Result<Vec<Output>, SessionError> {
        let why = "the call may have been made, but its outcome is unknown";
        self.acted(flow, &Acted::failed("host", "unknown", why))
    }

    /// Returns again what a stored session waits for: a question, a call or its
    /// end.
    ///
    /// # Errors
    ///
    /// If the flow has changed since the session was started, or the stored
    /// session was altered.
    pub fn resume(&self, flow: &Flow) -> Result<Output, SessionError> {
        self.check(flow)?;
        match &self.state {
            State::Asking { field, .. } => {
                let (fields, ..) = self.collecting(flow)?;
                let field = fields.get(*field).ok_or(SessionError::Broken)?;
                Ok(self.ask(field, None))
            }
            State::Acting { execution_id } => {
                let action = self.action(flow)?;
                let payload = action.payload.fill(&self.variables);
                let payload = payload.map_err(|_| SessionError::Broken)?;
                Ok(self.act(action, execution_id, payload))
            }
            State::Ended { end, failed } => Ok(Output::End {
                step: self.step.clone(),
                end: end.clone(),
                failed: *failed,
            }),
        }
    }

    /// Its id.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The name of its flow.
    pub fn flow(&self) -> &str {
        &self.flow
    }

    /// The revision of the flow that it was started with.
    pub fn revision(&self) -> &str {
        &self.revision
    }

    /// Its current step.
    pub fn step(&self) -> &str {
        &self.step
    }

    /// Its state.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// Its variables.
    pub fn variables(&self) -> &Map<String, Value> {
        &self.variables
    }
}

/// The inputs, if they are those of the flow. A null counts as missing.
fn check_inputs(
    flow: &Flow,
    mut given: Map<String, Value>,
) -> Result<Map<String, Value>, SessionError> {
    given.retain(|_, value| !value.is_null());
    for name in given.keys() {
        if !flow.inputs.contains_key(name) {
            let known = flow.inputs.keys().map(String::as_str);
            return Err(SessionError::UnknownInput {
                name: name.clone(),
                nearest: nearest(name, known).map(str::to_owned),
            });
        }
    }
    let mut inputs = Map::new();
    for (name, input) in &flow.inputs {
        match given.remove(name) {
            Some(value) => {
                let value = answer::input(input, value).map_err(|reason| {
                    let name = name.clone();
                    SessionError::WrongInput { name, reason }
                })?;
                inputs.insert(name.clone(), value);
            }
            None if input.optional => {}
            None => return Err(SessionError::MissingInput { name: name.clone() }),
        }
    }
    Ok(inputs)
}
