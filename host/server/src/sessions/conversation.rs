//! A session with what its client needs to know.

use std::time::SystemTime;

use hospes_solution::Session;
use hospes_solution::session::State;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::error::{ApiError, INTERNAL};

/// A session, and its last events.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Conversation {
    /// The number that the next answer carries.
    pub(crate) turn: u64,
    /// When it was last stored.
    pub(crate) seen: SystemTime,
    /// The caller that started it: no other can continue or see it. None if
    /// everyone may call.
    #[serde(default)]
    pub(crate) owner: Option<String>,
    pub(crate) session: Session,
    /// The events since the last answer, or since the start, as JSON.
    pub(crate) outputs: Vec<Box<RawValue>>,
}

impl Conversation {
    pub(crate) fn new(session: Session, owner: Option<&str>) -> Conversation {
        Conversation {
            turn: 1,
            seen: SystemTime::now(),
            owner: owner.map(str::to_owned),
            session,
            outputs: Vec::new(),
        }
    }

    /// Adds an event.
    pub(crate) fn hear(&mut self, event: &impl Serialize) -> Result<(), ApiError> {
        let output = serde_json::value::to_raw_value(event);
        self.outputs.push(output.map_err(|error| broken(&error))?);
        Ok(())
    }

    pub(crate) fn to_json(&self) -> Result<String, ApiError> {
        serde_json::to_string(self).map_err(|error| broken(&error))
    }

    /// Whether it has no answer yet.
    pub(crate) fn is_untouched(&self) -> bool {
        self.turn == 1
    }

    pub(crate) fn is_acting(&self) -> bool {
        matches!(self.session.state(), State::Acting { .. })
    }

    pub(crate) fn is_ended(&self) -> bool {
        matches!(self.session.state(), State::Ended { .. })
    }
}

fn broken(error: &serde_json::Error) -> ApiError {
    ApiError::new(&INTERNAL, error.to_string())
}
