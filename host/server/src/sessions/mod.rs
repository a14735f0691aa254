//! Sessions of flows over HTTP: in memory and, if there is one, in the store;
//! bounded in number and time.

mod conversation;
pub(crate) mod documents;
mod flows;
pub(crate) mod play;
mod registry;
mod table;

pub(crate) use conversation::Conversation;
pub use flows::Flows;
pub(crate) use registry::{SessionLease, SessionLimits, Sessions};
