//! Makes and builds action nodes in Rust, Python and JavaScript.
//!
//! [`create`] makes the tree of a new node, with the SDK that fits this host.
//! [`build`] checks for the toolchain and makes the component, and
//! [`native_tests`] runs the tests that need no host. [`migrate`] makes a
//! solution file of Pypestream's settings.
//!
//! Toolchains report progress and errors on standard error, with the author's
//! file and line.

mod build;
mod cargo;
mod create;
mod error;
mod inputs;
mod javascript;
mod language;
mod migrate;
mod name;
mod project;
mod python;
mod rust;
mod sdk;
mod tool;
mod toolchain;

pub use build::{BuildOptions, Built, build, native_tests};
pub use create::{CreateError, create};
pub use error::BuildError;
pub use language::Language;
pub use migrate::{Migrated, migrate};
pub use name::NameError;
pub use toolchain::ToolchainError;
