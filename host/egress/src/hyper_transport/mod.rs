//! A transport that waits without a thread: HTTP/1.1 and HTTP/2 by hyper.
//!
//! hyper is used below its client: there is no proxy, no redirect, no name
//! lookup and no decompression that could be forgotten. A request is sent over
//! a connection that was opened for its scheme, host and port, to one of the
//! addresses that were checked for it, by the same transport
//! ([`pool`]).
//!
//! | what | of one transport at once |
//! | --- | --- |
//! | requests | `node-requests-in-flight` |
//! | idle connections of HTTP/1.1 | as many, at least 8 and at most 256, for 10 seconds |
//! | name lookups | as in [`crate::lookup`] |
//!
//! A request whose future is dropped closes its connection if that speaks
//! HTTP/1.1. Over HTTP/2, its stream is reset, and the others go on.

mod connect;
mod connection;
mod download;
mod exchange;
mod failure;
mod frames;
mod head;
mod meter;
mod pool;
mod tasks;
#[cfg(test)]
mod tests;
mod upload;
mod wire;

use std::fmt;
use std::net::IpAddr;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use rustls::ClientConfig;
use rustls::client::Resumption;

use self::pool::Pool;
use crate::limits::Limits;
use crate::lookup::Lookups;
use crate::roots::{self, Roots};
use crate::transport::{Body, BoxFuture, Dial, Transport, TransportError};

/// Idle connections of HTTP/1.1 that are kept, at least and at most.
const MIN_IDLE: u64 = 8;
const MAX_IDLE: u64 = 256;

/// Hosts whose TLS sessions can be resumed.
const SESSIONS: usize = 8;

/// Sends requests with hyper and rustls, over HTTP/2 where the upstream agrees
/// to it and HTTP/1.1 otherwise. A request that waits takes no thread.
/// Certificates are checked against Mozilla's root certificates, which are
/// compiled in.
///
/// It needs a tokio runtime with I/O and timers, as `enable_all` makes it. A
/// connection is driven by the runtime that opened it, and used only there.
pub struct HyperTransport {
    pool: Arc<Pool>,
    /// What all transports with the same roots share; `None` if TLS can't be
    /// used.
    shared: Option<Arc<ClientConfig>>,
    /// The same with sessions of its own, once there is a use for it: sessions
    /// stay with their node.
    own: OnceLock<Arc<ClientConfig>>,
    lookups: Lookups,
}

impl fmt::Debug for HyperTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HyperTransport").finish_non_exhaustive()
    }
}

impl HyperTransport {
    /// A transport for one revision of one node.
    pub fn new(limits: impl Into<Limits>) -> HyperTransport {
        HyperTransport::trusting(&limits.into(), roots::mozilla())
    }

    /// Checks certificates against these roots only.
    pub fn with_roots(limits: impl Into<Limits>, roots: &Roots) -> HyperTransport {
        HyperTransport::trusting(&limits.into(), roots.client_config())
    }

    fn trusting(limits: &Limits, shared: Option<Arc<ClientConfig>>) -> HyperTransport {
        let idle = limits.node_requests_in_flight.clamp(MIN_IDLE, MAX_IDLE);
        HyperTransport {
            pool: Arc::new(Pool::new(usize::try_from(idle).unwrap_or_default())),
            shared,
            own: OnceLock::new(),
            lookups: Lookups::default(),
        }
    }

    fn tls(&self) -> Option<Arc<ClientConfig>> {
        let shared = self.shared.as_ref()?;
        let own = self.own.get_or_init(|| {
            let mut own = ClientConfig::clone(shared);
            own.resumption = Resumption::in_memory_sessions(SESSIONS);
            Arc::new(own)
        });
        Some(Arc::clone(own))
    }
}

impl Transport for HyperTransport {
    fn resolve<'a>(
        &'a self,
        host: &'a str,
        timeout: Duration,
    ) -> BoxFuture<'a, Result<Vec<IpAddr>, TransportError>> {
        Box::pin(self.lookups.resolve(host, timeout))
    }

    fn send(
        &self,
        request: http::Request<Body>,
        dial: Dial,
    ) -> BoxFuture<'_, Result<http::Response<Body>, TransportError>> {
        Box::pin(async move { exchange::exchange(&self.pool, || self.tls(), request, &dial).await })
    }
}
