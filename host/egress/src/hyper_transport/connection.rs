//! One connection, and who has it.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::{Duration, Instant};

use hyper::client::conn::{http1, http2};
use hyper_util::rt::TokioIo;

use super::connect::{Connected, unreachable};
use super::head::MAX_HEADERS;
use super::meter::Meter;
use super::tasks::{Driver, Tasks};
use super::upload::Upload;
use super::wire::{Socket, Wire};
use crate::transport::{Dial, TransportError};

/// How long an idle connection is kept: shorter than most servers keep it, so
/// that a request seldom meets one that is being closed.
const MAX_IDLE_AGE: Duration = Duration::from_secs(10);

/// The smallest buffer that hyper takes.
const MIN_BUFFER: u64 = 8 << 10;

/// How much of its responses an upstream may send ahead, in bytes: of one, and
/// of all on a connection. It is memory that no execution accounts for.
const STREAM_WINDOW: u32 = 256 << 10;
const CONNECTION_WINDOW: u32 = 1 << 20;

/// How far beyond the limit a head may go until HTTP/2 ends its stream without
/// saying why. Below, it is found too large.
const HEAD_MARGIN: u64 = 4;

/// A connection. Dropping it closes it.
pub(super) struct Connection {
    pub(super) id: u64,
    pub(super) address: SocketAddr,
    pub(super) meter: Arc<Meter>,
    pub(super) sender: Sender,
    socket: Socket,
    /// How many requests the upstream takes at once.
    streams: Arc<AtomicUsize>,
    _driver: Driver,
}

/// What takes requests.
pub(super) enum Sender {
    /// HTTP/1.1: one request after the other.
    Http1(http1::SendRequest<Upload>),
    /// HTTP/2: many at once, each with a copy of this.
    Http2(http2::SendRequest<Upload>),
}

impl Connection {
    /// Starts to speak HTTP on a new connection. `ended` is called when the
    /// connection is of no more use.
    pub(super) async fn start(
        id: u64,
        connected: Connected,
        dial: &Dial,
        ended: impl FnOnce() + Send + 'static,
    ) -> Result<Connection, TransportError> {
        let Connected {
            stream,
            socket,
            address,
            is_http2,
        } = connected;
        let meter = Arc::new(Meter::new(dial, is_http2));
        let streams = Arc::new(AtomicUsize::new(usize::MAX));
        let io = TokioIo::new(Wire {
            inner: stream,
            meter: Arc::clone(&meter),
        });
        let head = dial.max_response_head;
        let broken = |_| unreachable("the connection broke before anything was sent");
        let (sender, driver) = if is_http2 {
            let tasks = Tasks::default();
            let list = head.saturating_mul(HEAD_MARGIN).max(MIN_BUFFER);
            let (sender, connection) = http2::Builder::new(tasks.clone())
                .initial_stream_window_size(STREAM_WINDOW)
                .initial_connection_window_size(CONNECTION_WINDOW)
                .max_header_list_size(u32::try_from(list).unwrap_or(u32::MAX))
                .handshake(io)
                .await
                .map_err(broken)?;
            let most = Arc::clone(&streams);
            let driven = async move {
                let mut connection = Box::pin(connection);
                let polled = |context: &mut std::task::Context<'_>| {
                    let polled = connection.as_mut().poll(context);
                    most.store(connection.current_max_send_streams(), SeqCst);
                    polled.map(drop)
                };
                std::future::poll_fn(polled).await;
                // No new requests; the ones that are there go on.
                drop(connection);
                tasks.ended().await;
            };
            let driver = Driver::spawn(drive(driven, Arc::clone(&meter), ended));
            (Sender::Http2(sender), driver)
        } else {
            let buffer = usize::try_from(head.max(MIN_BUFFER)).unwrap_or(usize::MAX);
            let (sender, connection) = http1::Builder::new()
                .max_buf_size(buffer)
                .max_header_size(usize::try_from(head).unwrap_or(usize::MAX))
                .max_headers(MAX_HEADERS)
                .handshake(io)
                .await
                .map_err(broken)?;
            let driven = async move { drop(connection.await) };
            let driver = Driver::spawn(drive(driven, Arc::clone(&meter), ended));
            (Sender::Http1(sender), driver)
        };
        Ok(Connection {
            id,
            address,
            meter,
            sender,
            socket,
            streams,
            _driver: driver,
        })
    }

    /// Ends it with a reset, once it is dropped: a request is given up.
    pub(super) fn abort(&self) {
        self.socket.reset();
    }

    /// Whether it takes no more requests.
    pub(super) fn is_closed(&self) -> bool {
        match &self.sender {
            Sender::Http1(sender) => sender.is_closed(),
            Sender::Http2(sender) => sender.is_closed(),
        }
    }

    /// Whether another request may share it.
    pub(super) fn has_room(&self) -> bool {
        let most = self.streams.load(SeqCst).max(1);
        !self.is_closed() && self.meter.active() < most
    }

    /// Whether an idle connection of HTTP/1.1 is as its last request left it.
    pub(super) fn is_silent(&self) -> bool {
        !self.is_closed() && self.socket.is_silent()
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.socket.close();
    }
}

/// Drives a connection until it ends, or is idle for too long.
async fn drive(connection: impl Future<Output = ()>, meter: Arc<Meter>, ended: impl FnOnce()) {
    let mut connection = Box::pin(connection);
    let mut wake = Instant::now() + MAX_IDLE_AGE;
    while tokio::time::timeout_at(wake.into(), connection.as_mut())
        .await
        .is_err()
    {
        let since = meter.idle_since().unwrap_or_else(Instant::now);
        wake = since + MAX_IDLE_AGE;
        if wake <= Instant::now() {
            break;
        }
    }
    ended();
}
