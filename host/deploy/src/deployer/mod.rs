//! Changes of nodes: each is checked, then stored, then served.

mod applied;
mod approvals;
mod approve;
mod history;
mod publish;
mod reconcile;
mod records;
mod reload;
mod restore;
mod restrict;
mod rollback;
mod state;
mod trial;

pub use applied::SolutionState;
pub use approvals::PendingApproval;
pub use history::{HistoryEvent, HistoryRecord};
pub use publish::{Deployed, UploadOptions};
pub use restore::{describe, grants};
pub use state::{Dependents, Deployer};
