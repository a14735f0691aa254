//! Connections: accepted within the limits, bounded in time, and drained at the
//! end.

pub(crate) mod admin;
pub(crate) mod descriptors;
#[cfg_attr(not(feature = "tls"), path = "no_tls.rs")]
pub(crate) mod tls;
mod wire;

use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::{interval, sleep, timeout};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

use crate::admission::{AdmissionControl, ConnectionPermit};
use crate::client::Peer;
use tls::Tls;
use wire::{Answered, TrackedSocket};

/// How long a connection may be idle between two requests.
const IDLE: Duration = Duration::from_secs(10);
/// The time in which a client has to read some of its response.
const WRITE: Duration = Duration::from_secs(30);
/// How often slow clients are looked for.
const SWEEP: Duration = Duration::from_millis(250);
/// The buffer for a request's head, and for the beginning of a body.
const BUFFER: usize = 32 << 10;

/// Serves until `stop` is cancelled. Then connections get the time `drain` to
/// finish. Returns how many were cut off.
pub(crate) async fn serve(
    listener: TcpListener,
    tls: Option<Tls>,
    router: Router,
    admission: Arc<AdmissionControl>,
    stop: CancellationToken,
    drain: Duration,
) -> usize {
    let mut connections = JoinSet::new();
    let mut sweep = interval(SWEEP);
    loop {
        let accepted = tokio::select! {
            () = stop.cancelled() => break,
            Some(_ended) = connections.join_next() => continue,
            _ = sweep.tick() => {
                admission.sweep();
                continue;
            }
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, peer)) => {
                // Without a permit, it is closed at once.
                if let Some(permit) = admission.admit(peer.ip()) {
                    let (tls, router, stop) = (tls.clone(), router.clone(), stop.clone());
                    connections.spawn(connection(stream, tls, peer, permit, router, stop, WRITE));
                }
            }
            // Too many open files, or a client that has already gone.
            Err(error) => {
                admission.warn(
                    || tracing::warn!(target: "hospes::serve", %error, "can't accept a connection"),
                );
                if !admission.make_room() {
                    sleep(Duration::from_millis(20)).await;
                }
            }
        }
    }
    drop(listener);
    let drained = timeout(drain, async {
        while connections.join_next().await.is_some() {}
    });
    if drained.await.is_ok() {
        return 0;
    }
    let cut = connections.len();
    // Dropping a connection drops its execution, which cancels it.
    connections.shutdown().await;
    cut
}

async fn connection(
    stream: TcpStream,
    tls: Option<Tls>,
    peer: SocketAddr,
    permit: ConnectionPermit,
    router: Router,
    stop: CancellationToken,
    write: Duration,
) {
    _ = stream.set_nodelay(true);
    let stream = TrackedSocket::new(stream, write, Arc::clone(&permit.connection));
    match tls {
        None => speak(stream, peer, permit, router, stop).await,
        // A failed handshake ends the connection.
        Some(tls) => {
            let connection = Arc::clone(&permit.connection);
            let accepted = tokio::select! {
                accepted = tls.accept(stream) => accepted.ok(),
                () = connection.given_up() => None,
            };
            if let Some(stream) = accepted {
                speak(stream, peer, permit, router, stop).await;
            }
        }
    }
}

/// Speaks HTTP until the connection ends.
async fn speak(
    stream: impl AsyncRead + AsyncWrite + Unpin,
    peer: SocketAddr,
    permit: ConnectionPermit,
    router: Router,
    stop: CancellationToken,
) {
    let permit = Arc::new(permit);
    let connection = Arc::clone(&permit.connection);
    let service = service_fn(move |mut request: Request<Incoming>| {
        let answered = Answered::begin(&permit.connection);
        request.extensions_mut().insert(Peer(peer));
        request.extensions_mut().insert(Arc::clone(&permit));
        let response = router.clone().oneshot(request);
        async move {
            let answered = answered?;
            let response = response.await.unwrap_or_else(|never| match never {});
            Ok::<_, std::io::Error>(response.map(|body| answered.after(body)))
        }
    });
    let mut builder = http1::Builder::new();
    builder
        .timer(TokioTimer::new())
        .header_read_timeout(IDLE)
        .max_buf_size(BUFFER);
    let mut served = pin!(builder.serve_connection(TokioIo::new(stream), service));
    tokio::select! {
        // A connection's error concerns only its client.
        _ = served.as_mut() => return,
        () = connection.given_up() => return,
        () = stop.cancelled() => {}
    }
    served.as_mut().graceful_shutdown();
    tokio::select! {
        _ = served => {}
        () = connection.given_up() => {}
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::thread;

    use axum::routing::get;

    use super::*;
    use crate::admission::AdmissionLimits;

    /// More than fits in all buffers between server and client.
    const LARGE: usize = 32 << 20;

    /// Serves one connection to its end, with a client that may read the
    /// response or not.
    async fn served(client: impl FnOnce(std::net::TcpStream) + Send + 'static) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let client = thread::spawn(move || {
            let mut stream = std::net::TcpStream::connect(address).unwrap();
            let request = b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
            stream.write_all(request).unwrap();
            client(stream);
        });
        let (stream, peer) = listener.accept().await.unwrap();
        let permit = AdmissionControl::new(AdmissionLimits::new(2, 1))
            .admit(peer.ip())
            .unwrap();
        let router = Router::new().route("/", get(|| async { vec![b'x'; LARGE] }));
        let write = Duration::from_millis(200);
        connection(
            stream,
            None,
            peer,
            permit,
            router,
            CancellationToken::new(),
            write,
        )
        .await;
        client.join().unwrap();
    }

    #[tokio::test]
    async fn a_client_that_takes_nothing_is_given_up() {
        let (sender, held) = std::sync::mpsc::channel();
        // The connection ends although the client keeps it open and reads
        // nothing.
        served(move |stream| sender.send(stream).unwrap()).await;
        let mut taken = Vec::new();
        _ = held.recv().unwrap().read_to_end(&mut taken);
        assert!(taken.len() < LARGE, "{}", taken.len());
    }

    #[tokio::test]
    async fn a_client_that_takes_a_little_at_a_time_gets_everything() {
        served(|mut stream| {
            let (mut taken, mut part) = (0, vec![0; 64 << 10]);
            loop {
                match stream.read(&mut part).unwrap() {
                    0 => break,
                    length => taken += length,
                }
            }
            assert!(taken > LARGE);
        })
        .await;
    }
}
