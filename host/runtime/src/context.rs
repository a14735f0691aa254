//! What a caller can set for one execution.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use hospes_egress::TraceContext;

use crate::json::Json;
use crate::outcome::LogRecord;
use crate::recording::Recording;

/// Receives each log record when it is written.
pub(crate) type LogListener = Arc<dyn Fn(&LogRecord) + Send + Sync>;

/// Receives the recording of an execution that has ended.
pub(crate) type RecordingListener = Arc<dyn Fn(Recording) + Send + Sync>;

/// What a caller can set for one execution. The default sets nothing: a random
/// id, no variables, the node's deadline.
#[derive(Clone, Default)]
pub struct Context {
    id: Option<Arc<str>>,
    pub(crate) variables: Option<Json>,
    pub(crate) deadline: Option<Duration>,
    pub(crate) trace: Option<Arc<TraceContext>>,
    pub(crate) listener: Option<LogListener>,
    pub(crate) recording: Option<RecordingListener>,
    pub(crate) caller: Option<Arc<str>>,
}

impl Context {
    /// A context with every default.
    pub fn new() -> Context {
        Context::default()
    }

    /// The execution's id: 1 to 128 visible ASCII characters. Repeat the id of
    /// an earlier execution so that the upstream can recognise the repetition.
    /// Defaults to a random UUID.
    ///
    /// # Errors
    ///
    /// An id that is empty, too long, or holds other characters.
    pub fn with_execution_id(mut self, id: &str) -> Result<Context, ContextError> {
        if !(1..=128).contains(&id.len()) || !id.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(ContextError(
                "an execution id has 1 to 128 visible ASCII characters",
            ));
        }
        self.id = Some(id.into());
        Ok(self)
    }

    /// What the flow has collected so far: a JSON object. Defaults to `{}`.
    ///
    /// # Errors
    ///
    /// A document that is not an object.
    pub fn with_variables(mut self, variables: Json) -> Result<Context, ContextError> {
        if !variables.is_object() {
            return Err(ContextError("variables are a JSON object"));
        }
        self.variables = Some(variables);
        Ok(self)
    }

    /// A deadline that is shorter than the node's; a longer one has no effect.
    /// Defaults to the node's.
    pub fn with_deadline(mut self, deadline: Duration) -> Context {
        self.deadline = Some(deadline);
        self
    }

    /// Calls `listener` with each log record when the node writes it, in order;
    /// the outcome has all of them too. Called on the thread that runs the
    /// node, so it must be fast. A panic of it has no effect on the execution.
    /// Defaults to no listener.
    pub fn on_log(mut self, listener: impl Fn(&LogRecord) + Send + Sync + 'static) -> Context {
        self.listener = Some(Arc::new(listener));
        self
    }

    /// Records the execution, and calls `listener` with the recording when it
    /// has ended. The recording holds the payload and what upstreams answered,
    /// so personal data if there was any; see
    /// [`recording`](crate::recording). Called on the thread that runs the
    /// node, so it must be fast: pass the recording on, and write it elsewhere.
    /// Not called for an execution that its caller dropped. Defaults to no
    /// recording, which costs nothing.
    pub fn on_recording(mut self, listener: impl Fn(Recording) + Send + Sync + 'static) -> Context {
        self.recording = Some(Arc::new(listener));
        self
    }

    /// The caller as the host knows it, such as a name or an address. Faults
    /// that only one of several callers causes do not count against a node.
    /// Defaults to unknown; payloads then stand for callers.
    pub fn with_caller(mut self, caller: &str) -> Context {
        self.caller = Some(caller.into());
        self
    }

    /// The caller's position in a trace, from the headers `traceparent` and
    /// `tracestate` (W3C Trace Context). The node's requests carry it if the
    /// operator has [enabled that](crate::RuntimeBuilder::propagate_trace).
    /// Defaults to none.
    ///
    /// # Errors
    ///
    /// Values that do not have the form of the recommendation.
    pub fn with_traceparent(
        mut self,
        traceparent: &str,
        tracestate: Option<&str>,
    ) -> Result<Context, ContextError> {
        let trace = TraceContext::parse(traceparent, tracestate);
        self.trace = Some(Arc::new(
            trace.map_err(|error| ContextError(error.message()))?,
        ));
        Ok(self)
    }

    /// Removes the listeners.
    pub(crate) fn unheard(mut self) -> Context {
        self.listener = None;
        self.recording = None;
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
pub struct ContextError(&'static str);

impl fmt::Display for ContextError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for ContextError {}
