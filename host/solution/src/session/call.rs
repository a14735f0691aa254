//! A session's call of a node, in the form that a runtime takes: the same in a
//! terminal, from a script and over HTTP.

use hospes::{Context, ExecuteError, Json};

use super::{Act, Acted};

impl Act {
    /// The payload and the context of the call.
    ///
    /// # Errors
    ///
    /// [`ExecuteError::Payload`] if the payload or the variables are not JSON that
    /// a node takes: see [`Acted::unsent`].
    pub fn call(&self) -> Result<(Json, Context), ExecuteError> {
        let variables = Json::from_value(&self.variables).map_err(ExecuteError::Payload)?;
        let payload = Json::from_value(&self.payload).map_err(ExecuteError::Payload)?;
        let context = Context::new()
            .with_execution_id(&self.execution_id)
            .and_then(|context| context.with_variables(variables))
            // A session's ids and variables are always valid in a context.
            .unwrap_or_default();
        Ok((payload, context))
    }
}

impl Acted {
    /// The outcome, for a flow, of a call that was not made because of its
    /// payload.
    pub fn unsent(error: &ExecuteError) -> Option<Acted> {
        match error {
            ExecuteError::Payload(error) => {
                let why = format!("the payload can't be sent: {error}");
                Some(Acted::failed("host", "invalid-payload", why))
            }
            _ => None,
        }
    }
}
