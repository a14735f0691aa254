//! What a guest can do beyond computing, one interface a file: its state, the
//! host's side of the interface, and how it gets into the linker.

pub(crate) mod http;
pub(crate) mod log;
pub(crate) mod wasi;
pub(crate) mod wasi_http;
