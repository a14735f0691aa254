//! What handlers read of a request.

pub(crate) mod body;
pub(crate) mod path;
