//! Measures what one node costs: executions a second, latency, CPU time,
//! memory, page faults and requests, beside the same component on bare wasmtime.
//!
//! Both take turns in one run, so that what a busy machine does to one it does
//! to the other. Nothing leaves the process: an [`Upstream`] answers the node's
//! requests from the exchanges of a golden case.
//!
//! ```
//! use std::time::Duration;
//!
//! use hospes::{Json, NodeConfig, Runtime};
//! use hospes_bench::{Load, Upstream, bench};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
//! # let file = hospes_artifacts::HELLO;
//! let upstream = Upstream::new(Vec::new());
//! let answers = upstream.clone();
//! let runtime = Runtime::builder()
//!     .executions(8)
//!     .transport(move |_| std::sync::Arc::new(answers.clone()))
//!     .build()?;
//! let node = runtime.load("hello", NodeConfig::from_file(file))?;
//!
//! let load = Load::new(Json::parse(r#"{"name": "Ada"}"#)?)
//!     .callers(2)
//!     .duration(Duration::from_millis(200));
//! let report = bench(&node, &load, None)?;
//! assert!(report.hospes.succeeded() > 0);
//! # Ok(())
//! # }
//! ```

#![deny(missing_debug_implementations)]

mod bare;
mod histogram;
mod latency;
mod load;
mod process;
mod report;
mod turns;
mod upstream;

pub use bare::{Bare, BareError};
pub use histogram::Histogram;
pub use latency::{Latencies, Summary};
pub use load::Load;
pub use report::{Measured, Ratio, Report};
pub use turns::bench;
pub use upstream::Upstream;
