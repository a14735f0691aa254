//! What a caller says about one execution.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::capability::log::LogListener;
use crate::json::Json;
use crate::outcome::LogRecord;

/// What a caller says about one execution. The default says nothing: a new
/// random id, no variables, the node's own deadline.
#[derive(Clone, Default)]
pub struct Context {
    id: Option<Arc<str>>,
    pub(crate) variables: Option<Json>,
    pub(crate) deadline: Option<Duration>,
    pub(crate) listener: Option<LogListener>,
}

impl Context {
    /// A context that says nothing.
    pub fn new() -> Context {
        Context::default()
    }

    /// The execution's id: 1 to 128 visible ASCII characters. Give the id of an
    /// earlier execution to let the upstream recognise a repetition. Defaults
    /// to a random UUID.
    ///
    /// # Errors
    ///
    /// An id that is empty, too long, or holds other characters.
    pub fn with_execution_id(mut self, id: &str) -> Result<Context, ContextError> {
        if !(1..=128).contains(&id.len()) || !id.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(ContextError(
                "an execution id has 1 to 128 visible ASCII characters".to_owned(),
            ));
        }
        self.id = Some(id.into());
        Ok(self)
    }

    /// What the flow has collected so far: a JSON object. Defaults to `{}`.
    ///
    /// # Errors
    ///
    /// A document that is no object.
    pub fn with_variables(mut self, variables: Json) -> Result<Context, ContextError> {
        if !variables.is_object() {
            return Err(ContextError("variables are a JSON object".to_owned()));
        }
        self.variables = Some(variables);
        Ok(self)
    }

    /// A deadline shorter than the node's own; a longer one has no effect.
    pub fn with_deadline(mut self, deadline: Duration) -> Context {
        self.deadline = Some(deadline);
        self
    }

    /// Hears each log record when the node writes it, in order; the outcome has
    /// them all the same. Called on the thread that runs the node, so it must
    /// be quick. Defaults to nobody.
    pub fn on_log(mut self, listener: impl Fn(&LogRecord) + Send + Sync + 'static) -> Context {
        self.listener = Some(Arc::new(listener));
        self
    }

    pub(crate) fn execution_id(&self) -> Arc<str> {
        match &self.id {
            Some(id) => Arc::clone(id),
            None => {
                let mut text = [0; uuid::fmt::Hyphenated::LENGTH];
                Arc::from(&*uuid::Uuid::new_v4().hyphenated().encode_lower(&mut text))
            }
        }
    }
}

impl fmt::Debug for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Context")
            .field("id", &self.id)
            .field("variables", &self.variables)
            .field("deadline", &self.deadline)
            .finish_non_exhaustive()
    }
}

/// Why a context was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContextError(String);

impl fmt::Display for ContextError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ContextError {}
