//! How a session goes on: from an answer or an outcome to the next thing it
//! waits for.

use serde_json::Value;

use crate::flow::{Action, Does, Field, Flow, spoken};
use crate::session::{Act, Acted, Ask, Output, Session, SessionError, State, answer};

/// The edge that is taken next.
pub(super) struct Turn<'f> {
    edge: &'f str,
    to: &'f str,
    reason: Option<String>,
}

impl<'f> Turn<'f> {
    fn new(edge: &'f str, to: &'f str) -> Turn<'f> {
        let reason = None;
        Turn { edge, to, reason }
    }
}

impl Session {
    pub(super) fn take_answer(
        &mut self,
        flow: &Flow,
        text: &str,
    ) -> Result<Vec<Output>, SessionError> {
        self.check(flow)?;
        let State::Asking { field: at, wrong } = self.state else {
            return Err(SessionError::NothingAsked);
        };
        let (fields, next, failure) = self.collecting(flow)?;
        let field = fields.get(at).ok_or(SessionError::Broken)?;
        let mut outputs = Vec::new();
        match answer::read(field, text) {
            Ok(value) => {
                match value {
                    Some(value) => self.variables.insert(field.name.clone(), value),
                    None => self.variables.remove(&field.name),
                };
                match fields.get(at + 1) {
                    Some(field) => {
                        let (at, wrong) = (at + 1, 0);
                        self.state = State::Asking { field: at, wrong };
                        outputs.push(self.ask(field, None));
                    }
                    None => self.go(flow, Turn::new("next", next), &mut outputs)?,
                }
            }
            Err(reason) if wrong < field.again => {
                let wrong = wrong + 1;
                self.state = State::Asking { field: at, wrong };
                outputs.push(self.ask(field, Some(reason)));
            }
            Err(reason) => {
                let turn = Turn {
                    reason: Some(format!("`{}`: {reason}", field.name)),
                    ..Turn::new("failure", failure)
                };
                self.go(flow, turn, &mut outputs)?;
            }
        }
        Ok(outputs)
    }

    pub(super) fn take_outcome(
        &mut self,
        flow: &Flow,
        acted: &Acted,
    ) -> Result<Vec<Output>, SessionError> {
        self.check(flow)?;
        let State::Acting { .. } = self.state else {
            return Err(SessionError::NothingCalled);
        };
        let turn = self.follow(self.action(flow)?, acted);
        let mut outputs = Vec::new();
        self.go(flow, turn, &mut outputs)?;
        Ok(outputs)
    }

    pub(super) fn check(&self, flow: &Flow) -> Result<(), SessionError> {
        if self.revision == flow.revision {
            return Ok(());
        }
        Err(SessionError::Changed {
            started: self.revision.clone(),
            now: flow.revision.clone(),
        })
    }

    /// Goes along an edge, and on until the session waits for something.
    pub(super) fn go<'f>(
        &mut self,
        flow: &'f Flow,
        turn: Turn<'f>,
        outputs: &mut Vec<Output>,
    ) -> Result<(), SessionError> {
        let mut turn = Some(turn);
        while let Some(Turn { edge, to, reason }) = turn {
            outputs.push(Output::Edge {
                from: self.step.clone(),
                edge: edge.to_owned(),
                to: to.to_owned(),
                reason,
            });
            turn = self.enter(flow, to, outputs)?;
        }
        Ok(())
    }

    /// Enters a step, and tells which edge it takes at once. Steps that wait
    /// for nothing never lead round: the flow's checks see to that.
    pub(super) fn enter<'f>(
        &mut self,
        flow: &'f Flow,
        name: &str,
        outputs: &mut Vec<Output>,
    ) -> Result<Option<Turn<'f>>, SessionError> {
        let step = flow.step(name).ok_or(SessionError::Broken)?;
        self.step = step.name.clone();
        Ok(match &step.does {
            Does::Say { text, next } => {
                outputs.push(Output::Say {
                    step: step.name.clone(),
                    text: text.fill(&self.variables),
                });
                Some(Turn::new("next", next))
            }
            Does::Collect { fields, .. } => {
                let field = fields.first().ok_or(SessionError::Broken)?;
                self.state = State::Asking { field: 0, wrong: 0 };
                outputs.push(self.ask(field, None));
                None
            }
            Does::Action(action) => self.call(action, outputs),
            Does::Branch {
                on,
                cases,
                otherwise,
            } => {
                let value = on.find(&self.variables).map(spoken);
                let case = value.and_then(|value| cases.get_key_value(&value));
                match (case, otherwise) {
                    (Some((case, to)), _) => Some(Turn::new(case, to)),
                    (None, Some(to)) => Some(Turn::new("otherwise", to)),
                    (None, None) => return Err(SessionError::Broken),
                }
            }
            Does::End { word, failed } => {
                let (end, failed) = (word.clone(), *failed);
                outputs.push(Output::End {
                    step: step.name.clone(),
                    end: end.clone(),
                    failed,
                });
                self.state = State::Ended { end, failed };
                None
            }
        })
    }

    fn call<'f>(&mut self, action: &'f Action, outputs: &mut Vec<Output>) -> Option<Turn<'f>> {
        match action.payload.fill(&self.variables) {
            Ok(payload) => {
                self.calls += 1;
                let execution_id = format!("{}-{}", self.id, self.calls);
                outputs.push(self.act(action, &execution_id, payload));
                self.state = State::Acting { execution_id };
                None
            }
            // Half a payload is never sent.
            Err(reference) => {
                let why = format!("`{reference}` is missing, so nothing was sent");
                let acted = Acted::failed("flow", "invalid-payload", why);
                Some(self.follow(action, &acted))
            }
        }
    }

    /// Keeps what came of a call, and tells the edge that goes with it.
    fn follow<'f>(&mut self, action: &'f Action, acted: &Acted) -> Turn<'f> {
        match acted {
            Acted::Success(result) => {
                if let Some(name) = &action.keep {
                    self.variables.insert(name.clone(), result.clone());
                }
                Turn::new("success", &action.success)
            }
            Acted::Failure(failed) => {
                if let Some(name) = &action.keep_failure {
                    self.variables.insert(name.clone(), failed.to_value());
                }
                let (edge, to) = match action.on.get_key_value(&failed.kind) {
                    Some((kind, to)) => (kind.as_str(), to),
                    None => ("failure", &action.failure),
                };
                let reason = || format!("{}: {}", failed.kind, failed.message);
                Turn {
                    reason: (failed.source != "node").then(reason),
                    ..Turn::new(edge, to)
                }
            }
        }
    }

    pub(super) fn ask(&self, field: &Field, reason: Option<String>) -> Output {
        Output::Ask(Ask {
            step: self.step.clone(),
            field: field.name.clone(),
            kind: field.kind,
            prompt: field.prompt.fill(&self.variables),
            choices: field.choices.clone(),
            optional: field.optional,
            reason,
        })
    }

    pub(super) fn act(&self, action: &Action, execution_id: &str, payload: Value) -> Output {
        Output::Act(Act {
            step: self.step.clone(),
            node: action.node.clone(),
            execution_id: execution_id.to_owned(),
            payload,
            variables: self.variables.clone(),
        })
    }

    /// The fields of the step where it stands, and its edges.
    pub(super) fn collecting<'f>(
        &self,
        flow: &'f Flow,
    ) -> Result<(&'f [Field], &'f str, &'f str), SessionError> {
        match flow.step(&self.step).map(|step| &step.does) {
            Some(Does::Collect {
                fields,
                next,
                failure,
            }) => Ok((fields, next, failure)),
            _ => Err(SessionError::Broken),
        }
    }

    /// The action of the step where it stands.
    pub(super) fn action<'f>(&self, flow: &'f Flow) -> Result<&'f Action, SessionError> {
        match flow.step(&self.step).map(|step| &step.does) {
            Some(Does::Action(action)) => Ok(action),
            _ => Err(SessionError::Broken),
        }
    }
}
