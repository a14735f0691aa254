//! What a guest can do besides computing, one interface per file: its state,
//! the host's side of the interface, and how it is added to the linker.

pub(crate) mod http;
pub(crate) mod log;
mod recorded;
pub(crate) mod wasi;
#[cfg(feature = "wasi-http")]
pub(crate) mod wasi_http;
