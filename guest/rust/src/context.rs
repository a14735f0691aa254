//! What a node knows about one execution.

use std::cell::OnceCell;
use std::time::Duration;

use serde_json::{Map, Value};

/// What a node knows about one execution.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Context<P = ()> {
    /// The same for every attempt of an execution, and unique to it. Usable as
    /// an idempotency key.
    pub execution_id: String,
    /// 1 for the first attempt, 2 for the first retry, and so on.
    pub attempt: u32,
    /// The environment whose params apply, such as `sandbox` or `prod`.
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
    /// Parsed on first use, so that nodes which never use them pay nothing. The
    /// host always provides an object.
    pub fn variables(&self) -> &Map<String, Value> {
        self.variables
            .parsed
            .get_or_init(|| serde_json::from_str(&self.variables.text).unwrap_or_default())
    }

    /// How long the execution may take, counted from the start of the call.
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
