//! Loading nodes and replacing them.

use std::sync::Arc;
use std::time::Duration;

use crate::node::{Drain, PublishError, RollbackError, Slot, Staged, SwapError, TrialError};
use crate::outcome::RevisionId;
use crate::revision::{LoadError, NodeConfig};
use crate::runtime::handle::Runtime;
use crate::runtime::node::Node;
use crate::swap::{Approval, DrainReport, HistoryEntry, NodeStatus, UnknownNode};

/// # Loading and replacing nodes
///
/// Everything that takes long happens before a publish, and without a lock: a
/// component is compiled and checked, asked about itself, and instantiated.
/// The publish is one atomic store of component, policy, secrets, limits and
/// connections together. Executions that run stay on the revision they began
/// with, which is freed with the last of them. Whatever fails leaves the old
/// revision serving and says why.
///
/// What compiles blocks the calling thread. From async code, call it through
/// `tokio::task::spawn_blocking`.
impl Runtime {
    /// Loads a node, or replaces the one of that name, for a host that has
    /// agreed to everything the component is granted: [`Runtime::stage`] and
    /// [`Runtime::publish`] in one.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with the component or with what it was
    /// granted. A node that was loaded under that name before goes on serving.
    pub fn load(&self, node: &str, config: NodeConfig) -> Result<Node, LoadError> {
        let staged = self.stage(node, config)?;
        let slot = self.0.nodes.slot(staged.node());
        let runtime = self.clone();
        self.load_staged(staged)?;
        Ok(Node { runtime, slot })
    }

    /// As [`Runtime::load`], with a generation that the host has stored: for
    /// hosts that restore their nodes after a restart. Later generations are
    /// higher than it.
    ///
    /// # Errors
    ///
    /// As [`Runtime::load`]; and [`LoadError::Superseded`] if the node has had
    /// this generation, or a higher one, in this runtime.
    pub fn load_as(
        &self,
        node: &str,
        generation: u64,
        config: NodeConfig,
    ) -> Result<Arc<RevisionId>, LoadError> {
        self.load_staged(self.ready(node, Some(generation), config)?)
    }

    fn load_staged(&self, staged: Staged) -> Result<Arc<RevisionId>, LoadError> {
        self.publish(staged, Approval::Wider)
            .map_err(|error| match error {
                PublishError::Superseded { by } => LoadError::Superseded { by },
                // Nothing is held that has been agreed to.
                PublishError::NeedsApproval { .. } => LoadError::Superseded { by: 0 },
            })
    }

    /// Makes a revision ready to serve, and publishes nothing.
    ///
    /// The revision gets its generation at the beginning. If two revisions of
    /// a node are made ready at once, the one that was begun last wins,
    /// whichever is ready first.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with the component or with what it was granted.
    pub fn stage(&self, node: &str, config: NodeConfig) -> Result<Staged, LoadError> {
        self.ready(node, None, config)
    }

    fn ready(
        &self,
        node: &str,
        generation: Option<u64>,
        config: NodeConfig,
    ) -> Result<Staged, LoadError> {
        let slot = self.0.nodes.find(node).ok();
        let shared = &self.0.shared;
        shared.stage(node.into(), slot.as_deref(), generation, config)
    }

    /// Lets a staged revision serve. Takes microseconds.
    ///
    /// # Errors
    ///
    /// [`PublishError::NeedsApproval`] if the revision has more than the serving one, or
    /// breaks its callers, and `approval` does not cover that: it gives the revision back, to be
    /// published when somebody has agreed. [`PublishError::Superseded`] if one
    /// that was begun later is there already.
    pub fn publish(
        &self,
        staged: Staged,
        approval: Approval,
    ) -> Result<Arc<RevisionId>, PublishError> {
        let slot = self.0.nodes.slot(staged.node());
        slot.publish(&self.0.shared, staged, approval)
    }

    /// [`Runtime::stage`] and [`Runtime::publish`] in one.
    ///
    /// # Errors
    ///
    /// As both.
    pub fn swap(
        &self,
        node: &str,
        config: NodeConfig,
        approval: Approval,
    ) -> Result<Arc<RevisionId>, SwapError> {
        let staged = self.stage(node, config)?;
        Ok(self.publish(staged, approval)?)
    }

    /// Lets an earlier revision serve again: the one with the generation `to`,
    /// or else the latest one that nothing was rolled back from. It comes back
    /// as a new generation, with the policy, limits and secrets it had, and is
    /// not compiled again. `reason` stands in the history.
    ///
    /// # Errors
    ///
    /// [`RollbackError::NeedsApproval`] if it is granted more than the serving one and
    /// `approval` does not cover that, [`RollbackError::Refused`] if it does not
    /// have the signature that is demanded of the serving one; and if there is
    /// no such node or no such revision any more, see
    /// [`RuntimeBuilder::keep_revisions`](crate::RuntimeBuilder::keep_revisions).
    pub fn rollback(
        &self,
        node: &str,
        to: Option<u64>,
        approval: Approval,
        reason: impl Into<String>,
    ) -> Result<Arc<RevisionId>, RollbackError> {
        let slot = self.slot(node).map_err(RollbackError::Unknown)?;
        slot.rollback(&self.0.shared, to, approval, reason.into())
    }

    /// Lets the canary or the shadow of a node serve alone. Its generation stays.
    ///
    /// # Errors
    ///
    /// If there is no such node, or it has neither of the two.
    pub fn promote(&self, node: &str) -> Result<Arc<RevisionId>, TrialError> {
        let slot = self.slot(node).map_err(TrialError::Unknown)?;
        slot.promote(&self.0.shared)
    }

    /// Takes the canary or the shadow of a node out. `reason` stands in the
    /// history.
    ///
    /// # Errors
    ///
    /// If there is no such node, or it has neither of the two.
    pub fn abort(
        &self,
        node: &str,
        reason: impl Into<String>,
    ) -> Result<Arc<RevisionId>, TrialError> {
        let slot = self.slot(node).map_err(TrialError::Unknown)?;
        slot.abort(&self.0.shared, None, reason.into())
    }

    /// Takes a node out. Executions that run go on; [`Drain::within`] waits for
    /// them. Its earlier revisions are not kept, its history is.
    ///
    /// # Errors
    ///
    /// If there is no such node.
    pub fn remove(&self, node: &str) -> Result<Drain, UnknownNode> {
        let slot = self.slot(node)?;
        slot.remove(&self.0.shared, self.0.nodes.unknown(node))?;
        Ok(Drain(slot))
    }

    /// Waits until no execution runs on any revision but the serving one. Those
    /// that still run after `deadline` are ended; their outcome is the fault
    /// `cancelled`.
    ///
    /// Needs a tokio runtime with its timer enabled.
    ///
    /// # Errors
    ///
    /// If there never was such a node.
    pub async fn drain(&self, node: &str, deadline: Duration) -> Result<DrainReport, UnknownNode> {
        Ok(self.slot(node)?.drain(deadline).await)
    }

    /// What has served under that name, oldest first, at most 64 lines; nothing
    /// if there never was such a node.
    pub fn history(&self, node: &str) -> Option<Vec<HistoryEntry>> {
        let slot = self.slot(node).ok()?;
        Some(slot.history())
    }

    /// Every node that serves, in the order of their names.
    pub fn nodes(&self) -> Vec<NodeStatus> {
        let slots = self.0.nodes.all();
        slots.iter().filter_map(|slot| slot.status()).collect()
    }

    /// How the node of that name is now; none if nothing serves there.
    pub fn node(&self, name: &str) -> Option<NodeStatus> {
        self.slot(name).ok()?.status()
    }

    /// The handle of the node of that name; none if nothing serves there.
    pub fn handle(&self, name: &str) -> Option<Node> {
        let slot = self.slot(name).ok()?;
        slot.serving()?;
        let runtime = self.clone();
        Some(Node { runtime, slot })
    }

    fn slot(&self, node: &str) -> Result<Arc<Slot>, UnknownNode> {
        self.0.nodes.find(node)
    }
}
