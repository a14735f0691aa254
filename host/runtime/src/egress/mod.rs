//! Requests on their way out: the gate, and the seam to the wire.
//!
//! [`gate`] holds the pipeline that every request of every node takes. It asks
//! [`crate::policy`], counts against the [`budget`], puts [`secrets`] in,
//! hands the request to a [`Transport`], blanks secrets out of what comes back
//! ([`scrub`]) and writes the [`record`]. There is no second road: the crate
//! has no other code that opens a connection.

mod admission;
mod answer;
mod attached;
mod automaton;
mod budget;
mod escapes;
#[cfg(any(test, fuzzing))]
pub(crate) mod fuzz;
mod gate;
mod headers;
mod origins;
mod own;
mod record;
mod request;
mod room;
mod scripted;
mod scrub;
mod search;
mod secrets;
mod spellings;
mod tape;
#[cfg(test)]
mod tests;
mod transport;
mod ureq_transport;
mod within;

pub use attached::{AttachedHeader, AttachedHeaderError};
pub(crate) use budget::Allowance;
pub(crate) use gate::Gate;
pub(crate) use origins::{MAX_PER_ORIGIN, Origins};
pub(crate) use request::{Body, BodyError, HeaderValue, Patience, Request, Response, SendError};
pub use room::Room;
pub(crate) use scripted::Scripted;
pub(crate) use secrets::SecretGrant;
pub use secrets::{GrantError, MAX_SECRET, MIN_SECRET};
pub(crate) use tape::{Recording, Tape};
pub use transport::{Blank, BoxFuture, Header, Incoming, Outgoing, Transport, TransportError};
pub use ureq_transport::{Roots, RootsError, UreqTransport};
