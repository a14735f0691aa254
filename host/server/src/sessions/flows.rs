//! The flows that can be started.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use hospes::description::Description;
use hospes::egress::nearest;
use hospes_deploy::Dependents;
use hospes_solution::{Flow, Session, Solution};

use crate::error::{ApiError, FLOW_CHANGED, UNKNOWN_FLOW};
use hospes_deploy::text::quoted;

/// The flows of the solution file that was applied last.
#[derive(Debug, Default)]
pub struct Flows(RwLock<Arc<BTreeMap<String, Arc<Flow>>>>);

/// What flows read from a node's results and the component `after` no longer
/// promises.
impl Dependents for Flows {
    fn broken_by(&self, node: &str, before: &Description, after: &Description) -> Vec<String> {
        let flows = self.all();
        let lines = |flow: &Arc<Flow>| flow.unreadable(node, before, after);
        flows.values().flat_map(lines).collect()
    }
}

impl Flows {
    /// Replaces them with those of another solution.
    pub fn set(&self, solution: &Solution) {
        let flows = solution.flows.iter();
        let flows = flows.map(|(name, flow)| (name.clone(), Arc::new(flow.clone())));
        let flows = Arc::new(flows.collect());
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = flows;
    }

    /// All of them, by name.
    pub(crate) fn all(&self) -> Arc<BTreeMap<String, Arc<Flow>>> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The flow of that name. An error suggests only flows that the caller may
    /// know.
    pub(crate) fn find(
        &self,
        name: &str,
        known: impl Fn(&str) -> bool,
    ) -> Result<Arc<Flow>, ApiError> {
        let flows = self.all();
        if let Some(flow) = flows.get(name) {
            return Ok(Arc::clone(flow));
        }
        let names = flows.keys().map(String::as_str);
        let hint = nearest(name, names.filter(|name| known(name)))
            .map(|near| format!(": did you mean `{near}`?"))
            .unwrap_or_default();
        let message = format!("no flow is called `{}`{hint}", quoted(name));
        Err(ApiError::new(&UNKNOWN_FLOW, message))
    }

    /// The flow of a session, if it is still the one that the session was
    /// started with.
    pub(crate) fn of(&self, session: &Session) -> Result<Arc<Flow>, ApiError> {
        let flow = self.all().get(session.flow()).cloned();
        let now = match flow {
            Some(flow) if flow.revision == session.revision() => return Ok(flow),
            Some(flow) => format!("it is now {}", flow.revision),
            None => "it was removed".to_owned(),
        };
        let message = format!(
            "the flow `{}` has changed: the session was started with revision {}, and {now}",
            session.flow(),
            session.revision()
        );
        Err(ApiError::new(&FLOW_CHANGED, message))
    }
}
