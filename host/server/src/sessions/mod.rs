//! Sessions of flows over HTTP: held in memory, bounded in number and time,
//! and in the store if there is one.

mod conversation;
pub(crate) mod documents;
mod flows;
pub(crate) mod play;
mod registry;
mod table;

pub(crate) use conversation::Talk;
pub use flows::Flows;
pub(crate) use registry::{Bounds, Place, Sessions};
