//! Durable deployments of action nodes, without a server.
//!
//! A [`Deployer`] has a [`Runtime`](hospes::Runtime) and a
//! [`Store`](crate::store::Store). It checks a revision completely, then stores
//! it, then lets it serve. A process that is killed at any moment comes back
//! with exactly what served before.
//!
//! ```no_run
//! use hospes::Runtime;
//! use hospes_deploy::{Deployer, UploadOptions};
//! use hospes_deploy::store::Store;
//! use hospes_solution::{Grants, Overrides};
//!
//! fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     let deployer = Deployer::open(Runtime::builder().build()?, Store::open("store")?)?;
//!     let grants = Grants::bare("hello.wasm", None, &Overrides::default())?;
//!     deployer.start(vec![("hello".to_owned(), grants)])?;
//!     let component = std::fs::read("next.wasm")?;
//!     let deployed = deployer.upload("hello", &component, UploadOptions::default())?;
//!     println!("generation {} serves", deployed.revision.generation);
//!     Ok(())
//! }
//! ```
//!
//! Everything here may block, on the disk and on the compiler. Call it on a
//! thread that may block.

mod deployer;
mod error;
pub mod store;
pub mod text;
pub mod watch;

pub use deployer::{
    Dependents, Deployed, Deployer, HistoryEvent, HistoryRecord, PendingApproval, SolutionState,
    UploadOptions, describe, grants,
};
pub use error::DeployError;
