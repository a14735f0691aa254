//! What may leave a host, and how it leaves: the egress gate of hospes.
//!
//! Nodes are code that the host does not trust. Every HTTP request of a node
//! goes through [`Gate::send`]; nothing else in this crate, or in any crate
//! that uses it, opens a connection to an upstream. To review what can leave a
//! host, you only have to read this crate. It does not know WebAssembly: a
//! request is a method, a URL, headers and a body.
//!
//! # The steps of a request
//!
//! 1. The URL is parsed once, and only in the one form that every parser reads
//!    alike ([`policy::Target`]).
//! 2. The [`policy::Policy`] decides: a request that no rule allows is denied.
//! 3. Method and headers are checked, and whether the secrets may go there.
//! 4. The request is taken from the execution's budget ([`RequestBudget`]), and
//!    waits for a permit.
//! 5. The name is resolved, and every address is checked. The request is
//!    refused if one of them is not public, unless a rule names that very
//!    address.
//! 6. The secrets are added ([`BoundSecret`]).
//! 7. A [`Transport`](transport::Transport) sends it, to those addresses and no
//!    others. There are two, [`UreqTransport`] and [`HyperTransport`].
//! 8. Headers that belong to the connection are removed from the response, and
//!    secrets that it repeats are blanked out.
//! 9. The [`Observer`] is told, whichever step was the last.
//!
//! # Example
//!
//! ```
//! use std::sync::Arc;
//! use std::time::{Duration, Instant};
//!
//! use hospes_egress::policy::{Policy, Reason};
//! use hospes_egress::{EgressEvent, Gate, Limits, Observer, Request, RequestBudget};
//! use hospes_egress::{SendError, UreqTransport};
//!
//! struct Printer;
//!
//! impl Observer for Printer {
//!     fn egress(&self, event: &EgressEvent) {
//!         println!("{} {}: {}", event.method, event.origin, event.verdict.as_str());
//!     }
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let limits = Limits::default();
//! let gate = Gate::new(
//!     "crm".into(),
//!     Arc::default(),
//!     Policy::parse(["POST https://crm.example.com/contacts"])?,
//!     Vec::new(),
//!     &limits,
//!     Arc::new(UreqTransport::new(&limits)),
//!     Arc::new(Printer),
//! )?;
//! let deadline = Instant::now() + Duration::from_secs(10);
//! let budget = RequestBudget::new("execution-1".into(), &limits, deadline);
//! let request = Request {
//!     method: "GET".to_owned(),
//!     url: "https://elsewhere.example/".to_owned(),
//!     ..Request::default()
//! };
//! // Nothing was looked up, and nothing was sent.
//! assert_eq!(gate.send(&budget, request).await, Err(SendError::Denied(Reason::NoRule)));
//! # Ok(())
//! # }
//! ```
//!
//! # What it never does
//!
//! It reads no environment variables, files or proxy settings, follows no
//! redirects, and shares no connection between two nodes. It sets no global
//! logger.

#![deny(missing_debug_implementations)]

mod admission;
mod attached_header;
mod automaton;
mod body;
mod budget;
pub mod digest;
mod echoes;
mod encodings;
mod escapes;
mod event;
#[cfg(any(test, fuzzing))]
#[doc(hidden)]
pub mod fuzz;
mod gate;
mod headers;
#[cfg(feature = "hyper")]
mod hyper_transport;
mod limits;
#[cfg(any(feature = "hyper", feature = "ureq"))]
mod lock;
#[cfg(any(feature = "hyper", feature = "ureq"))]
mod lookup;
mod nearest;
mod observer;
mod origins;
mod outgoing;
mod own_addresses;
pub mod policy;
mod pool;
mod record;
mod request;
mod response;
mod rfc3339;
mod room;
#[cfg(any(feature = "hyper", feature = "ureq"))]
mod roots;
mod scrub;
mod search;
mod secret;
mod secrets;
pub mod semaphore;
mod send_error;
mod shadow;
pub mod shares;
#[cfg(test)]
mod tests;
mod timeout;
mod trace_context;
pub mod transport;
mod unit;
#[cfg(feature = "ureq")]
mod ureq_transport;

pub use attached_header::{AttachedHeader, AttachedHeaderError};
pub use body::{BodyError, RequestBody};
pub use budget::{RequestBudget, Spent};
pub use event::{EgressEvent, ErrorCase, RevisionId, Verdict};
pub use gate::Gate;
#[cfg(feature = "hyper")]
pub use hyper_transport::HyperTransport;
pub use limits::Limits;
pub use nearest::nearest;
pub use observer::{Observer, tell};
pub use origins::{MAX_PER_ORIGIN, Origins};
pub use request::{HeaderValue, Request, Timeouts};
pub use response::Response;
pub use rfc3339::as_rfc3339;
pub use room::Room;
#[cfg(any(feature = "hyper", feature = "ureq"))]
pub use roots::{Roots, RootsError};
pub use secret::{Secret, SecretError, SecretSource};
pub use secrets::{BoundSecret, GrantError, MAX_SECRET, MIN_SECRET};
pub use send_error::SendError;
pub use shadow::{Recording, WriteReplay};
pub use trace_context::{TraceContext, TraceError};
pub use unit::{Unit, millis};
#[cfg(feature = "ureq")]
pub use ureq_transport::UreqTransport;
