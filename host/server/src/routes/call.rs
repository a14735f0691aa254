//! One execution that a client asks for.

use hospes::{Context, Outcome};

use crate::auth::Caller;
use crate::error::ApiError;
use crate::outcome::{About, about};
use crate::state::Shared;

/// One execution, as its caller wants it.
pub(crate) struct Call {
    pub(crate) context: Context,
    pub(crate) payload: Box<str>,
    /// What its caller calls it.
    pub(crate) id: Option<String>,
    pub(crate) caller: Caller,
    pub(crate) node: String,
}

impl Call {
    /// Runs it. To its caller, the execution has the id that the caller gave it;
    /// what the log says about it is beside the outcome.
    pub(crate) async fn run(self, app: &Shared) -> Result<(Outcome, About), ApiError> {
        let outcome = app
            .executor
            .execute(&self.node, &self.payload, &self.context);
        let mut outcome = outcome
            .await
            .map_err(|error| self.caller.unhinted(error, &self.node))?;
        let about = about(&outcome);
        if let Some(id) = &self.id {
            outcome.execution_id = id.as_str().into();
        }
        Ok((outcome, about))
    }
}
