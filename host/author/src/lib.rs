//! Makes and builds action nodes.
//!
//! [`create`] makes the tree of a new node, with the SDK that fits this host.
//! [`build`] checks for the toolchain and makes the component, and
//! [`native_tests`] runs the tests that need no host.
//!
//! Toolchains report progress and errors on standard error, with the author's
//! file and line.

mod build;
mod cargo;
mod create;
mod name;
mod sdk;
mod toolchain;

pub use build::{BuildError, Built, build, native_tests};
pub use create::{CreateError, create};
pub use name::NameError;
pub use toolchain::ToolchainError;
