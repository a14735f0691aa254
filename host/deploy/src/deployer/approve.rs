//! Approving what someone else changes.

use super::approvals::PendingApproval;
use super::state::Deployer;
use crate::error::DeployError;

impl Deployer {
    /// The changes of a node that wait for approval, oldest first.
    ///
    /// # Errors
    ///
    /// [`DeployError::NotGranted`] for a node without grants.
    pub fn pending(&self, node: &str) -> Result<Vec<PendingApproval>, DeployError> {
        self.declared(node)?;
        Ok(self.approvals.of(node))
    }

    /// Approves one of them. It may then pass once, within the hour.
    ///
    /// # Errors
    ///
    /// [`DeployError::UnknownApproval`], or as [`Deployer::pending`].
    pub fn approve(&self, node: &str, id: &str) -> Result<PendingApproval, DeployError> {
        self.declared(node)?;
        self.approvals.approve(node, id)
    }
}
