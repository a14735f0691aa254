//! Recordings: what an execution was given, what it asked of the host, what
//! the host answered, and its outcome.
//!
//! A recording is made above the gate. It has the requests as the node made
//! them, with secrets as references, and the answers as the node saw them. It
//! is text, one JSON object a line; `docs/recording.schema.json` describes the
//! lines.
//!
//! ```
//! use std::sync::{Arc, Mutex};
//!
//! use hospes::recording::Recording;
//! use hospes::{Context, NodeConfig, Runtime};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let runtime = Runtime::builder().build()?;
//! # let file = hospes_artifacts::HELLO;
//! runtime.load("hello", NodeConfig::from_file(file))?;
//!
//! let kept: Arc<Mutex<Option<Recording>>> = Arc::default();
//! let keep = Arc::clone(&kept);
//! let context = Context::new().on_recording(move |recording| {
//!     if let Ok(mut kept) = keep.lock() {
//!         *kept = Some(recording);
//!     }
//! });
//! runtime.execute_blocking("hello", r#"{"name": "Ada"}"#, &context)?;
//!
//! let recording = kept.lock().ok().and_then(|mut kept| kept.take()).ok_or("not recorded")?;
//! assert!(recording.is_complete());
//! assert_eq!(Recording::parse(&recording.to_string())?, recording);
//! # Ok(())
//! # }
//! ```

mod chain;
mod error;
mod event;
mod recorder;
mod value;

pub use error::RecordingError;
pub(crate) use event::{Clock, Interface, RandomSource, Subject};
pub(crate) use recorder::Recorder;
pub use value::Recording;
