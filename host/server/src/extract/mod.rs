//! What handlers read from a request.

pub(crate) mod body;
pub(crate) mod path;
