//! Who runs nodes and plays flows, and what of them it may use.

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::{FromRef, FromRequestParts};
use axum::http::request::Parts;
use hospes_deploy::store::digest;
use hospes_solution::callers::Reach;

use super::bounds::Place;
use super::proof::{forbidden, identity, unauthorized};
use super::tokens::{Auth, Identity, Known};
use crate::client::{Client, network};
use crate::error::{ApiError, UNKNOWN_NODE};
use hospes_deploy::text::visible;

/// The longest id of an execution.
const LONGEST_ID: usize = 128;

/// Proof that whoever sent a request may run nodes and play flows.
#[derive(Clone)]
pub(crate) struct Caller {
    who: Who,
    client: Option<IpAddr>,
    /// Its request under way: for as long as anything is done about it.
    place: Option<Arc<Place>>,
}

#[derive(Clone)]
enum Who {
    /// Where nobody has to say who he is, nobody is told apart.
    Everybody,
    Operator,
    Known(Arc<Known>),
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
            Identity::Caller(known) => Who::Known(known),
            Identity::Approver => return Err(forbidden("this needs a caller's token")),
            other => return Err(unauthorized(&other)),
        };
        Ok(Caller {
            who,
            client: parts.extensions.get::<Client>().map(|client| client.0),
            place: parts.extensions.get::<Arc<Place>>().cloned(),
        })
    }
}

impl Caller {
    /// The caller's name; none where everybody may call.
    pub(crate) fn name(&self) -> Option<&str> {
        match &self.who {
            Who::Everybody => None,
            Who::Operator => Some("operator"),
            Who::Known(known) => Some(&known.name),
        }
    }

    /// Whether it may run this node. What it may not run could be there or not:
    /// the answer is the same.
    pub(crate) fn may_run(&self, node: &str) -> Result<(), ApiError> {
        match self.nodes().has(node) {
            true => Ok(()),
            false => Err(refused("run the node", node)),
        }
    }

    /// Whether it may play this flow.
    pub(crate) fn may_play(&self, flow: &str) -> Result<(), ApiError> {
        match self.has_flow(flow) {
            true => Ok(()),
            false => Err(refused("play the flow", flow)),
        }
    }

    /// Whether it may know of this flow.
    pub(crate) fn has_flow(&self, flow: &str) -> bool {
        match &self.who {
            Who::Everybody | Who::Operator => true,
            Who::Known(known) => known.grants.flows.has(flow),
        }
    }

    fn nodes(&self) -> &Reach {
        match &self.who {
            Who::Everybody | Who::Operator => &Reach::All,
            Who::Known(known) => &known.grants.nodes,
        }
    }

    /// An error about a node, without the names of nodes that it may not know.
    pub(crate) fn unhinted(&self, error: ApiError, node: &str) -> ApiError {
        match (self.nodes(), error.code().word == UNKNOWN_NODE.word) {
            (Reach::Only(_), true) => {
                let message = format!("no node is called `{}`", visible(node));
                ApiError::new(&UNKNOWN_NODE, message)
            }
            _ => error,
        }
    }

    /// What an execution is called inside, in logs and upstream, if its caller
    /// calls it this: the same for the same caller, and no other caller's.
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
    /// name. All of this machine has one address, and so no quota.
    pub(crate) fn holder(&self) -> Option<String> {
        if let Some(name) = self.name() {
            return Some(name.to_owned());
        }
        let client = network(self.client?);
        (!client.is_loopback()).then(|| client.to_string())
    }

    /// How many sessions it may have, if that is said for it alone.
    pub(crate) fn sessions(&self) -> Option<usize> {
        match &self.who {
            Who::Known(known) => known.grants.sessions.map(|sessions| sessions as usize),
            Who::Everybody | Who::Operator => None,
        }
    }

    /// Its request under way. It counts until everything that came of it is
    /// done, whoever still waits for that: keep this so long.
    pub(crate) fn place(&self) -> Option<Arc<Place>> {
        self.place.clone()
    }
}

fn refused(what: &str, name: &str) -> ApiError {
    forbidden(format!("this token may not {what} `{}`", visible(name)))
}
