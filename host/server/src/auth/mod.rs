//! Who may do what.

mod caller;
mod exposure;
mod identify;
mod proof;
mod rate_limit;
mod tokens;

pub(crate) use caller::Caller;
pub(crate) use exposure::Exposure;
pub(crate) use identify::{CallerName, identify, is_about_health};
pub(crate) use proof::{Admin, Approver, Overseer, Reader};
pub(crate) use tokens::{Auth, Sources};
