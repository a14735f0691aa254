//! What the host says about one execution.

use std::cell::OnceCell;
use std::time::Duration;

use serde_json::{Map, Value};

/// What the host says about one execution.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Context<P = ()> {
    /// The same for every attempt of an execution and for no other execution:
    /// usable as an idempotency key.
    pub execution_id: String,
    /// 1 for the first attempt, 2 for the first retry, and so on.
    pub attempt: u32,
    /// Which environment's params are in force, such as `sandbox` or `prod`.
    pub env: String,
    /// This node's params in that environment. Never a secret.
    pub params: P,
    /// The names of the secrets this node may use in a request. Never a value.
    pub secrets: Vec<String>,
    pub(crate) variables: Variables,
    pub(crate) remaining: Duration,
}

impl<P> Context<P> {
    /// Whether the node may use the secret of this name in a request.
    pub fn has_secret(&self, name: &str) -> bool {
        self.secrets.iter().any(|secret| secret == name)
    }

    /// What the flow has collected so far.
    ///
    /// Parsed when first asked for, so that nodes which never ask do not pay
    /// for it. The host hands over nothing but an object.
    pub fn variables(&self) -> &Map<String, Value> {
        self.variables
            .parsed
            .get_or_init(|| serde_json::from_str(&self.variables.text).unwrap_or_default())
    }

    /// How long the host lets the execution go on, counted from the start of
    /// the call.
    pub fn remaining(&self) -> Duration {
        self.remaining
    }
}

/// The flow's variables, parsed on demand.
#[derive(Clone, Debug)]
pub(crate) struct Variables {
    text: String,
    parsed: OnceCell<Map<String, Value>>,
}

impl From<String> for Variables {
    fn from(text: String) -> Self {
        Variables {
            text,
            parsed: OnceCell::new(),
        }
    }
}
