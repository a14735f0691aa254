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
/// All slow work happens before a publish, and without a lock: a component is
/// compiled, checked, instantiated and asked for its description. The publish
/// is one atomic store of component, policy, secrets, limits and connections
/// together. Running executions stay on the revision on which they began, which
/// is freed when the last of them ends. Every error leaves the old revision
/// serving.
///
/// Methods that compile block the calling thread. From async code, call them
/// through `tokio::task::spawn_blocking`.
impl Runtime {
    /// Loads a node, or replaces the one with that name, for a host that
    /// approves everything that the component is granted: [`Runtime::stage`]
    /// and [`Runtime::publish`] in one.
    ///
    /// # Errors
    ///
    /// If anything is wrong with the component or with its grants. A node that
    /// was loaded under that name before continues to serve.
    pub fn load(&self, node: &str, config: NodeConfig) -> Result<Node, LoadError> {
        let staged = self.stage(node, config)?;
        let slot = self.0.nodes.slot(staged.node());
        let runtime = self.clone();
        self.load_staged(staged)?;
        Ok(Node { runtime, slot })
    }

    /// As [`Runtime::load`], with a generation that the host has stored: for
    /// hosts that restore their nodes after a restart. Later generations are
    /// higher.
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
                // Everything is approved, so this does not occur.
                PublishError::NeedsApproval { .. } => LoadError::Superseded { by: 0 },
            })
    }

    /// Makes a revision ready to serve without publishing it.
    ///
    /// The revision gets its generation at the start. If two revisions of a
    /// node are made ready at once, the one that was started last wins,
    /// whichever is ready first.
    ///
    /// # Errors
    ///
    /// If anything is wrong with the component or with its grants.
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

    /// Publishes a staged revision. Takes microseconds.
    ///
    /// # Errors
    ///
    /// [`PublishError::NeedsApproval`] if the revision has more than the
    /// serving one, or breaks its callers, and `approval` does not cover that:
    /// the error returns the revision, which can be published after approval.
    /// [`PublishError::Superseded`] if a later one has been published already.
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
    /// or otherwise the latest one that was not rolled back from. It comes back
    /// as a new generation, with the policy, limits and secrets that it had,
    /// and is not compiled again. `reason` is recorded in the history.
    ///
    /// # Errors
    ///
    /// [`RollbackError::NeedsApproval`] if it is granted more than the serving
    /// one and `approval` does not cover that; [`RollbackError::Refused`] if it
    /// does not have the signature that is required of the serving one. Also if
    /// the node or the revision does not exist any more, see
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

    /// Makes the canary or the shadow of a node the revision that serves. Its
    /// generation stays the same.
    ///
    /// # Errors
    ///
    /// If there is no such node, or it has neither a canary nor a shadow.
    pub fn promote(&self, node: &str) -> Result<Arc<RevisionId>, TrialError> {
        let slot = self.slot(node).map_err(TrialError::Unknown)?;
        slot.promote(&self.0.shared)
    }

    /// Ends the canary or the shadow of a node. `reason` is recorded in the
    /// history.
    ///
    /// # Errors
    ///
    /// If there is no such node, or it has neither a canary nor a shadow.
    pub fn abort(
        &self,
        node: &str,
        reason: impl Into<String>,
    ) -> Result<Arc<RevisionId>, TrialError> {
        let slot = self.slot(node).map_err(TrialError::Unknown)?;
        slot.abort(&self.0.shared, None, reason.into())
    }

    /// Removes a node. Running executions continue; [`Drain::within`] waits for
    /// them. Its history is kept, but not its earlier revisions.
    ///
    /// # Errors
    ///
    /// If there is no such node.
    pub fn remove(&self, node: &str) -> Result<Drain, UnknownNode> {
        let slot = self.slot(node)?;
        slot.remove(&self.0.shared, self.0.nodes.unknown(node))?;
        Ok(Drain(slot))
    }

    /// Waits until executions run only on the serving revision. At `deadline`,
    /// those that still run on others are cancelled; their outcome is the fault
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

    /// The history of that name, oldest first, at most 64 entries; `None` if
    /// there never was such a node.
    pub fn history(&self, node: &str) -> Option<Vec<HistoryEntry>> {
        let slot = self.slot(node).ok()?;
        Some(slot.history())
    }

    /// Every node that serves, in the order of the names.
    pub fn nodes(&self) -> Vec<NodeStatus> {
        let slots = self.0.nodes.all();
        slots.iter().filter_map(|slot| slot.status()).collect()
    }

    /// The current state of the node with that name; `None` if it does not
    /// serve.
    pub fn node(&self, name: &str) -> Option<NodeStatus> {
        self.slot(name).ok()?.status()
    }

    /// The handle of the node with that name; `None` if it does not serve.
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
