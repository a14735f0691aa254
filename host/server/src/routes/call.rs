//! One execution, as a client requests it.

use hospes::{Context, Outcome};

use crate::auth::Caller;
use crate::error::ApiError;
use crate::outcome::{About, about};
use crate::state::Shared;

/// One execution, as its caller requests it.
pub(crate) struct Call {
    pub(crate) context: Context,
    pub(crate) payload: Box<str>,
    /// The id that its caller gave it.
    pub(crate) id: Option<String>,
    pub(crate) caller: Caller,
    pub(crate) node: String,
}

impl Call {
    /// Runs it. In the outcome, the execution has the id that its caller gave
    /// it. The second value is for the access log.
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
