//! Who runs nodes and plays flows, and what of them it may use.

use std::fmt::Display;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use hospes_solution::Reach;
use hospes_solution::store::digest;

use super::{Identity, forbidden, identity, unauthorized};
use crate::command::serve::app::Shared;
use crate::command::serve::error::{ApiError, UNKNOWN_NODE};
use crate::terminal::visible;

/// The longest id of an execution.
const LONGEST_ID: usize = 128;

/// Proof that whoever sent a request may run nodes and play flows.
#[derive(Clone)]
pub(in crate::command::serve) struct Caller {
    /// None where everybody may.
    name: Option<Arc<str>>,
    nodes: Reach,
    flows: Reach,
}

impl FromRequestParts<Shared> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &Shared) -> Result<Caller, ApiError> {
        let all = |name| Caller {
            name,
            nodes: Reach::All,
            flows: Reach::All,
        };
        // Where nobody has to say who he is, nobody is told apart.
        if app.auth.may_everybody_call() {
            return Ok(all(None));
        }
        match identity(parts) {
            Identity::Operator => Ok(all(Some("operator".into()))),
            Identity::Caller(known) => Ok(Caller {
                name: Some(Arc::clone(&known.name)),
                nodes: known.grants.nodes.clone(),
                flows: known.grants.flows.clone(),
            }),
            other => Err(unauthorized(&other)),
        }
    }
}

impl Caller {
    /// The caller's name; none where everybody may call.
    pub(in crate::command::serve) fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// Whether it may run this node. What it may not run could be there or not:
    /// the answer is the same.
    pub(in crate::command::serve) fn may_run(&self, node: &str) -> Result<(), ApiError> {
        may(&self.nodes, "run the node", node)
    }

    /// Whether it may play this flow.
    pub(in crate::command::serve) fn may_play(&self, flow: &str) -> Result<(), ApiError> {
        may(&self.flows, "play the flow", flow)
    }

    /// Whether it may know of this flow.
    pub(in crate::command::serve) fn has_flow(&self, flow: &str) -> bool {
        self.flows.has(flow)
    }

    /// An error about a node, without the names of nodes that it may not know.
    pub(in crate::command::serve) fn unhinted(&self, error: ApiError, node: &str) -> ApiError {
        match (&self.nodes, error.code().word == UNKNOWN_NODE.word) {
            (Reach::Only(_), true) => {
                let message = format!("no node is called `{}`", visible(node));
                ApiError::new(&UNKNOWN_NODE, message)
            }
            _ => error,
        }
    }

    /// What an execution is called inside, in logs and upstream, if its caller
    /// calls it this: the same for the same caller, and no other caller's.
    pub(in crate::command::serve) fn scoped(&self, id: &str) -> String {
        let Some(name) = &self.name else {
            return id.to_owned();
        };
        let scoped = format!("{name}:{id}");
        match scoped.len() <= LONGEST_ID {
            true => scoped,
            false => format!("{name}:{}", digest(id.as_bytes())),
        }
    }
}

fn may(reach: &Reach, what: impl Display, name: &str) -> Result<(), ApiError> {
    match reach.has(name) {
        true => Ok(()),
        false => Err(forbidden(format!(
            "this token may not {what} `{}`",
            visible(name)
        ))),
    }
}
