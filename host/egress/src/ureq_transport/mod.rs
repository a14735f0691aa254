//! The default transport: HTTP/1.1 by ureq on blocking threads.
//!
//! ureq does more than a gate wants: by default it reads proxy settings from
//! the environment, follows redirects, resolves names and keeps connections for
//! any later request. All of that is off here. Each request states which
//! addresses ureq may dial ([`wire`]), and one instance serves one revision of
//! one node, so a connection is only ever reused by the node that opened it.
//!
//! Blocking calls run on dedicated threads, which all transports of a process
//! share; see [`Pool`]:
//!
//! | what | of one transport at once | of all | then |
//! | --- | --- | --- | --- |
//! | requests | `node-requests-in-flight`, at most 256 | 512 | wait, within the request's time |
//!
//! A request whose future is dropped has its socket closed at once, so its
//! thread is soon free again. Names are looked up as in [`crate::lookup`].

mod abandon;
mod body;
mod exchange;
#[cfg(test)]
mod tests;
mod wire;

use std::fmt;
use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

use http::HeaderValue;
use tokio::runtime::Handle;
use tokio::sync::oneshot;
use ureq::Agent;
use ureq::tls::{RootCerts, TlsConfig};

use self::abandon::{Abandon, Shared};
use self::body::Responder;
use self::exchange::Exchange;
use self::wire::{Connect, Judged};
use crate::limits::Limits;
use crate::lookup::Lookups;
use crate::pool::{Part, Pool};
use crate::roots::Roots;
use crate::transport::{Body, BoxFuture, Dial, Transport, TransportError};

/// How many requests of one instance run at once, whatever the limits say.
const MAX_WORKERS: usize = 256;

/// The threads for requests of all instances.
static EXCHANGES: LazyLock<Option<Arc<Pool>>> =
    LazyLock::new(|| Pool::new("hospes-request", 512).ok().map(Arc::new));

/// Idle connections kept, in all and to one origin.
const MAX_IDLE: usize = 8;
const MAX_IDLE_PER_ORIGIN: usize = 4;

/// Why nothing is sent; see [`exchange::is_overheard`].
const OVERHEARD: &str =
    "the host's log of `ureq_proto` is at `trace`, where it shows what upstreams answer";

/// How long an idle connection is kept: shorter than most servers keep it, so
/// that a request seldom meets one that is being closed.
const MAX_IDLE_AGE: Duration = Duration::from_secs(10);

/// Sends requests with ureq and rustls. Certificates are checked against
/// Mozilla's root certificates, which are compiled in.
///
/// If your host has a logger, do not let `ureq_proto` log at the level `trace`:
/// there it dumps what upstreams send, byte for byte. The secrets of requests
/// never reach that log, but echoes of them can. So once a transport has sent a
/// secret, it sends nothing while that level is on.
pub struct UreqTransport {
    agent: Agent,
    /// Whether any request has carried a secret.
    knows_secret: AtomicBool,
    /// `None` if the threads could not be started.
    workers: Option<Part>,
    lookups: Lookups,
}

impl fmt::Debug for UreqTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UreqTransport").finish_non_exhaustive()
    }
}

impl UreqTransport {
    /// A transport for one revision of one node.
    pub fn new(limits: impl Into<Limits>) -> UreqTransport {
        UreqTransport::trusting(&limits.into(), RootCerts::WebPki)
    }

    /// Checks certificates against these roots only.
    pub fn with_roots(limits: impl Into<Limits>, roots: &Roots) -> UreqTransport {
        UreqTransport::trusting(&limits.into(), roots.ureq())
    }

    fn trusting(limits: &Limits, roots: RootCerts) -> UreqTransport {
        let size = |bytes: u64, extra: usize| {
            usize::try_from(bytes)
                .unwrap_or(usize::MAX)
                .saturating_add(extra)
        };
        let config = Agent::config_builder()
            .proxy(None)
            .max_redirects(0)
            .save_redirect_history(false)
            .http_status_as_error(false)
            .accept_encoding("")
            .user_agent(concat!("hospes/", env!("CARGO_PKG_VERSION")))
            .max_response_header_size(size(limits.response_head, 0))
            // A head has to fit before it can be found too large.
            .input_buffer_size(size(limits.response_head, 1024))
            // Each line of a head has to fit: a URL, or a header with a secret.
            .output_buffer_size(size(limits.request_header_bytes, 16 * 1024))
            .max_idle_connections(MAX_IDLE)
            .max_idle_connections_per_host(MAX_IDLE_PER_ORIGIN)
            .max_idle_age(MAX_IDLE_AGE)
            .tls_config(TlsConfig::builder().root_certs(roots).build())
            .build();
        let workers = usize::try_from(limits.node_requests_in_flight).unwrap_or(MAX_WORKERS);
        let workers = workers.min(MAX_WORKERS);
        UreqTransport {
            agent: Agent::with_parts(config, Connect::default(), Judged),
            knows_secret: AtomicBool::new(false),
            workers: EXCHANGES.as_ref().map(|pool| Part::new(pool, workers)),
            lookups: Lookups::default(),
        }
    }

    async fn exchange(
        &self,
        request: http::Request<Body>,
        dial: Dial,
    ) -> Result<http::Response<Body>, TransportError> {
        if request.headers().values().any(HeaderValue::is_sensitive) {
            self.knows_secret.store(true, Relaxed);
        }
        let knows_secret = self.knows_secret.load(Relaxed);
        let runtime = runtime()?;
        let workers = self.workers.as_ref().ok_or_else(no_thread)?;
        let late = || TransportError::Unreachable("there was no worker free in time".to_owned());
        let until = Instant::now() + dial.timeout;
        let place = tokio::time::timeout_at(until.into(), workers.take())
            .await
            .map_err(|_| late())?;
        let shared = Arc::new(Shared::default());
        let abandon = Abandon::new(Arc::clone(&shared));
        let exchange = Exchange {
            agent: self.agent.clone(),
            request,
            dial,
            until,
            shared,
            runtime,
        };
        let (responder, head) = oneshot::channel();
        let responder = Responder::Head(responder);
        let started = place.run(move || {
            if knows_secret && exchange::is_overheard() {
                responder.fail(TransportError::Unreachable(OVERHEARD.to_owned()));
            } else {
                exchange::run(exchange, responder);
            }
        });
        started.ok_or_else(no_thread)?;
        let (head, rest) = head.await.unwrap_or_else(|_| Err(body::lost()))?;
        Ok(body::response(head, rest, abandon))
    }
}

impl Transport for UreqTransport {
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
        Box::pin(self.exchange(request, dial))
    }
}

/// Closes the remaining connections, also those of abandoned calls.
impl Drop for UreqTransport {
    fn drop(&mut self) {
        self.agent.clone().shutdown();
    }
}

/// Waiting needs the runtime's timers.
fn runtime() -> Result<Handle, TransportError> {
    Handle::try_current().map_err(|_| {
        TransportError::Unreachable("there is no tokio runtime to run it on".to_owned())
    })
}

fn no_thread() -> TransportError {
    TransportError::Unreachable("the host has no thread for it".to_owned())
}
