//! The handle of a node.

use std::fmt;
use std::sync::Arc;

use hospes_egress::policy::Policy;
use serde::Serialize;

use crate::context::Context;
use crate::json::Json;
use crate::node::Slot;
use crate::outcome::{CallError, ExecuteError, Outcome, RevisionId};
use crate::runtime::handle::Runtime;
use crate::swap::NodeStatus;

/// A node of a runtime, whichever revision serves. Cheap to clone. Calls
/// through it look up no name.
///
/// ```
/// use hospes::{CallError, NodeConfig, Runtime};
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Serialize)]
/// struct Payload { name: String }
///
/// #[derive(Deserialize)]
/// struct Greeting { greeting: String }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let runtime = Runtime::builder().build()?;
/// # let file = hospes_artifacts::HELLO;
/// let hello = runtime.load("hello", NodeConfig::from_file(file))?;
///
/// let ada = Payload { name: "Ada".to_owned() };
/// let greeting: Greeting = hello.call(&ada).await?.json()?;
/// assert_eq!(greeting.greeting, "Hello, Ada.");
///
/// // A payload that the node can't read is a failure.
/// let refused = hello.call(&"Ada").await;
/// assert!(matches!(refused, Err(CallError::Failure(_))), "{refused:?}");
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Node {
    pub(super) runtime: Runtime,
    pub(super) slot: Arc<Slot>,
}

impl Node {
    /// The node's name.
    pub fn name(&self) -> &str {
        self.slot.name()
    }

    /// Calls the node and returns the outcome of a success, whose result
    /// [`Outcome::json`] reads. Needs a tokio runtime with its timer enabled.
    ///
    /// # Errors
    ///
    /// [`CallError::Failure`] and [`CallError::Fault`] if the node did not
    /// succeed, [`CallError::Execute`] if nothing was run, [`CallError::Json`]
    /// if the payload can't be serialized.
    pub async fn call(&self, payload: &impl Serialize) -> Result<Outcome, CallError> {
        let payload = Json::from_value(payload)?;
        let outcome = self.run(payload.into_text(), &Context::new()).await?;
        outcome.success()
    }

    /// As [`Node::call`], for threads that may block; see
    /// [`Runtime::execute_blocking`].
    ///
    /// # Errors
    ///
    /// As [`Node::call`]; and if the thread runs the tasks of an async runtime.
    pub fn call_blocking(&self, payload: &impl Serialize) -> Result<Outcome, CallError> {
        self.runtime.block_on(self.call(payload))
    }

    /// As [`Runtime::execute`], without the name.
    ///
    /// # Errors
    ///
    /// As [`Runtime::execute`].
    pub async fn execute(&self, payload: &str, context: &Context) -> Result<Outcome, ExecuteError> {
        self.run(payload.into(), context).await
    }

    /// As [`Runtime::execute_blocking`], without the name.
    ///
    /// # Errors
    ///
    /// As [`Runtime::execute_blocking`].
    pub fn execute_blocking(
        &self,
        payload: &str,
        context: &Context,
    ) -> Result<Outcome, ExecuteError> {
        self.runtime.block_on(self.execute(payload, context))
    }

    /// The node's current state; `None` if it has been removed.
    pub fn status(&self) -> Option<NodeStatus> {
        self.slot.status()
    }

    /// The revision that serves; `None` if the node has been removed.
    pub fn revision(&self) -> Option<Arc<RevisionId>> {
        Some(Arc::clone(&self.slot.serving()?.revision.id))
    }

    /// The policy in force; `None` if the node has been removed.
    pub fn policy(&self) -> Option<Policy> {
        let serving = self.slot.serving()?;
        Some(serving.revision.admitted.policy.clone())
    }

    async fn run(&self, payload: Box<str>, context: &Context) -> Result<Outcome, ExecuteError> {
        let slot = Arc::clone(&self.slot);
        self.runtime.run(slot, payload, context).await
    }
}

impl fmt::Debug for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Node").field(self.slot.name()).finish()
    }
}
