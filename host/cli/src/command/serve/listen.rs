//! Connections: accepted, bounded in number and time, and drained at the end.

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
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tower::ServiceExt;

/// A request's head has to be there in this time; it is also how long a
/// connection may idle between two requests.
const HEAD: Duration = Duration::from_secs(10);
/// Connections at once; further ones wait in the kernel's queue.
const CONNECTIONS: usize = 4096;
/// A request's head, and what is read ahead of a body.
const BUFFER: usize = 64 << 10;

/// Who sent a request.
#[derive(Clone, Copy)]
pub(super) struct Peer(pub(super) SocketAddr);

/// Serves until `stop` becomes true. Then connections get `drain` to finish
/// what they are at; tells how many were cut.
pub(super) async fn serve(
    listener: TcpListener,
    router: Router,
    mut stop: watch::Receiver<bool>,
    drain: Duration,
) -> usize {
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    let mut connections = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            _ = stop.wait_for(|stop| *stop) => break,
            Some(_ended) = connections.join_next() => continue,
            accepted = async {
                // The semaphore is never closed; were it, nobody would be let in.
                let place = Arc::clone(&places).acquire_owned().await;
                listener.accept().await.map(|accepted| (place, accepted))
            } => accepted,
        };
        match accepted {
            Ok((place, (stream, peer))) => {
                let served = connection(stream, peer, router.clone(), stop.clone());
                connections.spawn(async move {
                    served.await;
                    drop(place);
                });
            }
            // Too many open files, or a client that left already.
            Err(error) => {
                tracing::warn!(target: "hospes::serve", %error, "can't accept a connection");
                sleep(Duration::from_millis(20)).await;
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
    // Dropping a connection drops what it executes, which cancels it.
    connections.shutdown().await;
    cut
}

async fn connection(
    stream: TcpStream,
    peer: SocketAddr,
    router: Router,
    mut stop: watch::Receiver<bool>,
) {
    _ = stream.set_nodelay(true);
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(Peer(peer));
        router.clone().oneshot(request)
    });
    let mut builder = http1::Builder::new();
    builder
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD)
        .max_buf_size(BUFFER);
    let mut served = pin!(builder.serve_connection(TokioIo::new(stream), service));
    tokio::select! {
        // Whatever is wrong with a connection is its client's affair.
        _ = served.as_mut() => return,
        _ = stop.wait_for(|stop| *stop) => {}
    }
    served.as_mut().graceful_shutdown();
    _ = served.await;
}
