//! The boundary between the gate and the network.
//!
//! A [`Transport`] resolves names and exchanges one request for one response.
//! It makes no decisions: each request that it gets has been allowed, its
//! addresses have been checked, its secrets have been added. In return it must
//! dial those addresses and no others, follow no redirects, and report
//! correctly whether anything was sent.

mod body;
mod dial;
mod error;

use std::net::IpAddr;
use std::pin::Pin;
use std::time::Duration;

pub use self::body::Body;
pub use self::dial::{Blank, Dial};
pub use self::error::TransportError;
/// The crate whose types this interface uses.
pub use http;

/// A boxed future.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Sends requests that the gate has allowed. One instance serves one revision
/// of one node, so that connections are never shared between nodes.
///
/// Both futures, and the response's body, are dropped when their execution is
/// cancelled, which ends the request. They must not block the thread that polls
/// them.
pub trait Transport: Send + Sync + 'static {
    /// Resolves a DNS name to all its addresses; the gate checks each. Never
    /// called for an address.
    fn resolve<'a>(
        &'a self,
        host: &'a str,
        timeout: Duration,
    ) -> BoxFuture<'a, Result<Vec<IpAddr>, TransportError>>;

    /// Sends one request, and returns its response when the head has arrived.
    ///
    /// The request's URI is absolute: the request line and the `host` header
    /// are made from it. The transport adds the framing headers. Headers that
    /// hold a secret are marked as sensitive: never log their values. Status and
    /// headers of the response are as they were received, without informational
    /// responses; its body fails with the same errors as `send`.
    fn send(
        &self,
        request: http::Request<Body>,
        dial: Dial,
    ) -> BoxFuture<'_, Result<http::Response<Body>, TransportError>>;
}
