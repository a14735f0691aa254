//! Where requests and log records end up: the real host, or the scripted one.

#[cfg(target_family = "wasm")]
mod component;
#[cfg(not(target_family = "wasm"))]
mod scripted;

#[cfg(target_family = "wasm")]
pub(crate) use component::*;
#[cfg(not(target_family = "wasm"))]
pub use scripted::Record;
#[cfg(not(target_family = "wasm"))]
pub(crate) use scripted::*;
