//! One request and its response.

use std::sync::Arc;
use std::time::{Duration, Instant};

use hyper::body::Incoming;
use rustls::ClientConfig;
use tokio::runtime::Handle;

use super::connect::{connect, unreachable};
use super::connection::{Connection, Sender};
use super::download::Download;
use super::failure::{classify, is_unprocessed};
use super::head::{self, Outgoing};
use super::meter::Mark;
use super::pool::{Key, Lease, Pool};
use super::upload::Progress;
use crate::transport::{Body, Dial, TransportError};

/// How often a request is tried of which nothing was sent, or which the
/// upstream says it has not looked at.
const TRIES: usize = 3;

/// How long a connection that was used before may take until it is ready for
/// its next request: it has nothing left to do but to be told so.
const READY: Duration = Duration::from_millis(250);

/// Sends a request, and returns its response when the head has arrived.
pub(super) async fn exchange(
    pool: &Arc<Pool>,
    tls: impl Fn() -> Option<Arc<ClientConfig>>,
    request: http::Request<Body>,
    dial: &Dial,
) -> Result<http::Response<Body>, TransportError> {
    let runtime = Handle::try_current()
        .map_err(|_| unreachable("there is no tokio runtime to run it on"))?
        .id();
    let until = Instant::now() + dial.timeout;
    let (origin, mut outgoing) = Outgoing::new(request)?;
    let key = Key { origin, runtime };
    let mut tries = 1;
    loop {
        let (lease, ready) = match pool.take(&key, &dial.addresses) {
            Some(lease) => (lease, READY),
            // On a busy machine it may be a while until its task runs.
            None => (
                open(pool, &key, &tls, dial, until).await?,
                until.saturating_duration_since(Instant::now()),
            ),
        };
        match send(lease, outgoing, dial, ready, until).await {
            Ok(response) => return Ok(response),
            Err(Failure::Again(again)) if tries < TRIES && Instant::now() < until => {
                outgoing = *again;
                tries += 1;
            }
            Err(Failure::Again(_)) => {
                return Err(unreachable("no connection took the request"));
            }
            Err(Failure::Over(error)) => return Err(error),
        }
    }
}

/// Opens a connection, unless another request has meanwhile opened one that
/// this one can share.
async fn open(
    pool: &Arc<Pool>,
    key: &Key,
    tls: impl Fn() -> Option<Arc<ClientConfig>>,
    dial: &Dial,
    until: Instant,
) -> Result<Lease, TransportError> {
    let opened = async {
        let mut turn = None;
        if let Some(mutex) = pool.turn(key) {
            turn = Some(mutex.lock_owned().await);
            if let Some(lease) = pool.take(key, &dial.addresses) {
                return Ok(lease);
            }
        }
        let config = match key.origin.is_https {
            true => Some(tls().ok_or_else(|| unreachable("TLS can't be used"))?),
            false => None,
        };
        let connected = connect(&dial.addresses, config, key.origin.authority.host()).await?;
        let id = pool.number();
        let (forgetting, of) = (Arc::downgrade(pool), key.clone());
        let forget = move || {
            if let Some(pool) = forgetting.upgrade() {
                pool.forget(&of, id);
            }
        };
        let connection = Connection::start(id, connected, dial, forget).await?;
        let lease = pool.add(key, connection);
        drop(turn);
        Ok(lease)
    };
    let connect = Instant::now().checked_add(dial.connect_timeout);
    let late = connect.unwrap_or(until).min(until);
    tokio::time::timeout_at(late.into(), opened)
        .await
        .unwrap_or_else(|_| Err(unreachable("connecting took too long")))
}

/// Why there is no response.
enum Failure {
    /// Another connection may do.
    Again(Box<Outgoing>),
    Over(TransportError),
}

async fn send(
    mut lease: Lease,
    mut outgoing: Outgoing,
    dial: &Dial,
    ready: Duration,
    until: Instant,
) -> Result<http::Response<Body>, Failure> {
    let Some(connection) = lease.connection() else {
        return Err(Failure::Again(Box::new(outgoing)));
    };
    let meter = Arc::clone(&connection.meter);
    let mark = meter.mark();
    let wait = Wait {
        dial,
        until,
        mark,
        progress: outgoing.body.progress(),
        is_shared: matches!(connection.sender, Sender::Http2(_)),
    };
    outgoing.shape(wait.is_shared);
    let copy = wait.is_shared.then(|| outgoing.copy()).flatten();
    let shared = match &connection.sender {
        Sender::Http2(sender) => Some(sender.clone()),
        Sender::Http1(_) => None,
    };
    let result = if let Some(mut sender) = shared {
        let (request, sent) = outgoing.into_request();
        let response = sender.try_send_request(request);
        wait.head(&lease, response).await.map(|result| {
            result.map_err(|mut error| {
                let returned = error.take_message();
                let again = returned.map(|request| Box::new(Outgoing::again(request, sent)));
                let unprocessed = is_unprocessed(error.error()).then_some(copy).flatten();
                (error.into_error(), again.or(unprocessed.map(Box::new)))
            })
        })
    } else {
        let Some(Connection {
            sender: Sender::Http1(sender),
            ..
        }) = lease.exclusive()
        else {
            return Err(Failure::Again(Box::new(outgoing)));
        };
        let ready = tokio::time::timeout(ready, sender.ready()).await;
        if !matches!(ready, Ok(Ok(()))) {
            lease.discard();
            return Err(Failure::Again(Box::new(outgoing)));
        }
        let (request, sent) = outgoing.into_request();
        let response = sender.try_send_request(request);
        wait.head(&lease, response).await.map(|result| {
            result.map_err(|mut error| {
                let returned = error.take_message();
                let again = returned.map(|request| Box::new(Outgoing::again(request, sent)));
                (error.into_error(), again)
            })
        })
    };
    let response = match result {
        Some(Ok(response)) => response,
        Some(Err((error, again))) => {
            let failure = classify(&error, meter.has_written(mark), meter.is_overrun());
            if let Some(again) = again
                && !meter.is_overrun()
            {
                lease.discard();
                return Err(Failure::Again(again));
            }
            return Err(Failure::Over(failure));
        }
        None if meter.has_written(mark) => return Err(Failure::Over(TransportError::Timeout)),
        None => {
            let why = "there was no time left to send it";
            return Err(Failure::Over(unreachable(why)));
        }
    };
    head::check(&response, dial.max_response_head).map_err(Failure::Over)?;
    let (head, incoming) = response.into_parts();
    let body = Download::start(incoming, lease, wait.progress, until, dial);
    let mut response = http::Response::new(body);
    *response.status_mut() = head.status;
    *response.headers_mut() = head.headers;
    Ok(response)
}

/// How long a request waits for the head of its response.
struct Wait<'d> {
    dial: &'d Dial,
    until: Instant,
    mark: Mark,
    progress: Progress,
    is_shared: bool,
}

impl Wait<'_> {
    /// The response; `None` if it is late.
    async fn head<E>(
        &self,
        lease: &Lease,
        response: impl Future<Output = Result<http::Response<Incoming>, E>>,
    ) -> Option<Result<http::Response<Incoming>, E>> {
        let mut response = std::pin::pin!(response);
        loop {
            let late = self.late(lease);
            // While the request is going out, there is no such limit: look
            // again later.
            let wake = late.or_else(|| Instant::now().checked_add(self.dial.first_byte_timeout));
            let wake = wake.unwrap_or(self.until).min(self.until);
            let waited = tokio::time::timeout_at(wake.into(), response.as_mut()).await;
            if let Ok(result) = waited {
                return Some(result);
            }
            let now = Instant::now();
            if now >= self.until || self.late(lease).is_some_and(|late| now >= late) {
                return None;
            }
        }
    }

    /// When the next byte has to be there; `None` while the request is going
    /// out.
    fn late(&self, lease: &Lease) -> Option<Instant> {
        let meter = &lease.connection()?.meter;
        let (wrote, read) = meter.last(self.mark);
        let finished = self.progress.finished()?;
        let (since, limit) = match read {
            // Only of HTTP/1.1 it is known whose bytes these are.
            Some(read) if !self.is_shared => (read, self.dial.between_bytes_timeout),
            _ if self.is_shared => (finished, self.dial.first_byte_timeout),
            _ => (finished.max(wrote), self.dial.first_byte_timeout),
        };
        Some(since.checked_add(limit).unwrap_or(self.until))
    }
}
