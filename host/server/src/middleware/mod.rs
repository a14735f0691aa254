//! The middlewares that every request passes.

pub(crate) mod access_log;
pub(crate) mod guard;
