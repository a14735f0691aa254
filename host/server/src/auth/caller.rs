//! Who runs nodes and plays flows, and which of them the caller may use.

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::{FromRef, FromRequestParts};
use axum::http::request::Parts;
use hospes_deploy::store::digest;
use hospes_solution::callers::Reach;

use super::proof::{forbidden, identity, unauthorized};
use super::rate_limit::RunningRequest;
use super::tokens::{Auth, Identity, KnownCaller};
use crate::client::{Client, network};
use crate::error::{ApiError, UNKNOWN_NODE};
use hospes_deploy::text::visible;

/// The longest id of an execution.
const LONGEST_ID: usize = 128;

/// Proof that the sender of a request may run nodes and play flows.
#[derive(Clone)]
pub(crate) struct Caller {
    who: Who,
    client: Option<IpAddr>,
    /// Counts its request while any work for it goes on.
    running: Option<Arc<RunningRequest>>,
}

#[derive(Clone)]
enum Who {
    /// Where nobody needs a token, callers are not told apart.
    Everybody,
    Operator,
    KnownCaller(Arc<KnownCaller>),
}

impl<S: Send + Sync> FromRequestParts<S> for Caller
where
    Arc<Auth>: FromRef<S>,
{
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Caller, ApiError> {
        let auth = Arc::<Auth>::from_ref(state);
        let who = match identity(parts) {
            _ if auth.may_everybody_call() => Who::Everybody,
            Identity::Operator => Who::Operator,
            Identity::Caller(known) => Who::KnownCaller(known),
            Identity::Approver => return Err(forbidden("this needs a caller's token")),
            other => return Err(unauthorized(&other)),
        };
        Ok(Caller {
            who,
            client: parts.extensions.get::<Client>().map(|client| client.0),
            running: parts.extensions.get::<Arc<RunningRequest>>().cloned(),
        })
    }
}

impl Caller {
    /// The caller's name; none where everyone may call.
    pub(crate) fn name(&self) -> Option<&str> {
        match &self.who {
            Who::Everybody => None,
            Who::Operator => Some("operator"),
            Who::KnownCaller(known) => Some(&known.name),
        }
    }

    /// Checks that it may run this node. The error is the same whether a node
    /// that it may not run exists or not.
    pub(crate) fn may_run(&self, node: &str) -> Result<(), ApiError> {
        match self.nodes().has(node) {
            true => Ok(()),
            false => Err(refused("run the node", node)),
        }
    }

    /// Checks that it may play this flow.
    pub(crate) fn may_play(&self, flow: &str) -> Result<(), ApiError> {
        match self.has_flow(flow) {
            true => Ok(()),
            false => Err(refused("play the flow", flow)),
        }
    }

    /// Whether it may know this flow.
    pub(crate) fn has_flow(&self, flow: &str) -> bool {
        match &self.who {
            Who::Everybody | Who::Operator => true,
            Who::KnownCaller(known) => known.grants.flows.has(flow),
        }
    }

    fn nodes(&self) -> &Reach {
        match &self.who {
            Who::Everybody | Who::Operator => &Reach::All,
            Who::KnownCaller(known) => &known.grants.nodes,
        }
    }

    /// An error about a node, without the names of nodes that the caller may
    /// not know.
    pub(crate) fn unhinted(&self, error: ApiError, node: &str) -> ApiError {
        match (self.nodes(), error.code().word == UNKNOWN_NODE.word) {
            (Reach::Only(_), true) => {
                let message = format!("no node is called `{}`", visible(node));
                ApiError::new(&UNKNOWN_NODE, message)
            }
            _ => error,
        }
    }

    /// The internal id of an execution, in logs and upstream, for the id that
    /// its caller gave. It never equals another caller's.
    pub(crate) fn scoped(&self, id: &str) -> String {
        let Some(name) = self.name() else {
            return id.to_owned();
        };
        let scoped = format!("{name}:{id}");
        match scoped.len() <= LONGEST_ID {
            true => scoped,
            false => format!("{name}:{}", digest(id.as_bytes())),
        }
    }

    /// Whose quota of sessions counts: the caller's, or the address's if it has no
    /// name. Loopback has no quota, because everyone on this machine shares it.
    pub(crate) fn holder(&self) -> Option<String> {
        if let Some(name) = self.name() {
            return Some(name.to_owned());
        }
        let client = network(self.client?);
        (!client.is_loopback()).then(|| client.to_string())
    }

    /// Its own limit of sessions, if it has one.
    pub(crate) fn sessions(&self) -> Option<usize> {
        match &self.who {
            Who::KnownCaller(known) => known.grants.sessions.map(|sessions| sessions as usize),
            Who::Everybody | Who::Operator => None,
        }
    }

    /// The guard that counts its request. Keep it until all work for the
    /// request is done, even if the client has gone.
    pub(crate) fn running(&self) -> Option<Arc<RunningRequest>> {
        self.running.clone()
    }
}

fn refused(what: &str, name: &str) -> ApiError {
    forbidden(format!("this token may not {what} `{}`", visible(name)))
}
