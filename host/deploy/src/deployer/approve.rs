//! Approving what somebody else changes.

use super::approvals::PendingApproval;
use super::state::Deployer;
use crate::error::DeployError;

impl Deployer {
    /// What of a node waits to be approved, the oldest first.
    ///
    /// # Errors
    ///
    /// [`DeployError::NotGranted`] for a node that nothing says anything about.
    pub fn pending(&self, node: &str) -> Result<Vec<PendingApproval>, DeployError> {
        self.declared(node)?;
        Ok(self.approvals.of(node))
    }

    /// Lets one of them pass, once, within the hour.
    ///
    /// # Errors
    ///
    /// [`DeployError::UnknownApproval`], or as [`Deployer::pending`].
    pub fn approve(&self, node: &str, id: &str) -> Result<PendingApproval, DeployError> {
        self.declared(node)?;
        self.approvals.approve(node, id)
    }
}
