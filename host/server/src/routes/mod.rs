//! The handlers, one file for each group of routes.

pub(crate) mod approvals;
mod call;
mod events;
pub(crate) mod execute;
pub(crate) mod health;
pub(crate) mod metrics;
pub(crate) mod nodes;
pub(crate) mod page;
pub(crate) mod policy;
pub(crate) mod revisions;
pub(crate) mod sessions;
pub(crate) mod trial;
