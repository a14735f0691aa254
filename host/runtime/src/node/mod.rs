//! Nodes are names whose revisions are replaced. This module stages, publishes
//! and drains revisions, and has the errors for that.
//!
//! `nodes` finds the slot of a name, `entry` runs an execution on the revision
//! that serves, `publish` replaces it, `back` rolls back, `history` records
//! what served before, `drain` waits for executions that still run. `trial`
//! lets a new revision take part without replacing another, `health` tells
//! whether a revision keeps breaking, and `judge` acts on it. An execution
//! takes no lock.

mod back;
mod callers;
mod drain;
mod entry;
mod error;
mod health;
mod history;
mod judge;
mod live;
mod nodes;
mod publish;
mod rollout;
mod serving;
mod shadow;
mod slot;
mod staged;
mod trial;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

pub use crate::inspection::Inspection;
pub use drain::Drain;
pub use error::{PublishError, RollbackError, SwapError, TrialError};
pub(crate) use nodes::Nodes;
pub(crate) use slot::Slot;
pub use staged::Staged;

use hospes_egress::transport::Transport;
use hospes_egress::{GrantError, Origins, tell};

use crate::engine::Engine;
use crate::execution::{Threads, golden};
use crate::limits::Limits;
use crate::observer::Observer;
use crate::outcome::RevisionId;
use crate::revision::{AdmittedComponent, LoadError, NodeConfig, Revision, admit, readmit};
use crate::swap::{SwapEvent, SwapKind};

/// Makes the transport of each revision.
pub(crate) type TransportFactory = Box<dyn Fn(&Limits) -> Arc<dyn Transport> + Send + Sync>;

/// The state that all nodes of a runtime share.
pub(crate) struct Shared {
    pub(crate) engine: Engine,
    /// The threads on which guests compute.
    pub(crate) threads: Threads,
    pub(crate) observer: Arc<dyn Observer>,
    pub(crate) transport: TransportFactory,
    /// The last generation that was given to a revision.
    pub(crate) generation: AtomicU64,
    /// How many earlier revisions of a node are kept for a rollback.
    pub(crate) kept: usize,
    /// The key that chooses the executions of canaries.
    pub(crate) canary_key: [u8; 32],
    /// Whether requests carry the trace of their execution.
    pub(crate) propagate: bool,
    /// Requests of all nodes, by origin.
    pub(crate) origins: Arc<Origins>,
}

impl Shared {
    /// The next generation.
    fn next(&self) -> u64 {
        self.generation.fetch_add(1, Relaxed) + 1
    }

    /// Takes a generation that the host chose into account.
    pub(crate) fn raise(&self, generation: u64) {
        self.generation.fetch_max(generation, Relaxed);
    }

    fn revision(
        &self,
        admitted: Arc<AdmittedComponent>,
        generation: u64,
    ) -> Result<Revision, GrantError> {
        let transport = (self.transport)(&admitted.limits);
        let (observer, origins) = (Arc::clone(&self.observer), Arc::clone(&self.origins));
        Revision::new(admitted, generation, transport, observer, origins)
    }

    /// Compiles and checks a component, and tells the observer if that fails.
    fn admit(
        &self,
        node: &Arc<str>,
        generation: u64,
        config: NodeConfig,
        serving: Option<&AdmittedComponent>,
    ) -> Result<Revision, LoadError> {
        let admitted = || {
            config.check()?;
            let admitted = match serving.filter(|_| config.is_for_serving()) {
                Some(serving) => readmit(serving, config)?,
                None => admit(&self.engine, Arc::clone(node), self.propagate, config)?,
            };
            let admitted = Arc::new(admitted);
            golden::check(&self.engine, &admitted)?;
            self.revision(admitted, generation)
                .map_err(LoadError::Grant)
        };
        admitted().inspect_err(|error| {
            let id = Arc::new(RevisionId::new("", generation, ""));
            let error = error.to_string();
            self.tell(node, &id, SwapKind::Refused { error });
        })
    }

    fn tell(&self, node: &Arc<str>, id: &Arc<RevisionId>, kind: SwapKind) {
        tell(|| self.observer.swap(&SwapEvent::new(node, id, kind)));
    }
}
