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
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tokio_io_timeout::TimeoutStream;
use tower::ServiceExt;

use super::tls::Tls;

/// A request's head has to be there in this time; it is also how long a
/// connection may idle between two requests.
const HEAD: Duration = Duration::from_secs(10);
/// A client has to take something of its answer in this time.
const WRITE: Duration = Duration::from_secs(30);
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
    tls: Option<Tls>,
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
                let served = connection(
                    stream,
                    tls.clone(),
                    peer,
                    router.clone(),
                    stop.clone(),
                    WRITE,
                );
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
    tls: Option<Tls>,
    peer: SocketAddr,
    router: Router,
    stop: watch::Receiver<bool>,
    write: Duration,
) {
    _ = stream.set_nodelay(true);
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(Some(write));
    let stream = Box::pin(stream);
    match tls {
        None => speak(stream, peer, router, stop).await,
        // Who can't shake hands is not let in.
        Some(tls) => {
            if let Ok(stream) = tls.accept(stream).await {
                speak(stream, peer, router, stop).await;
            }
        }
    }
}

/// Speaks HTTP until the connection ends.
async fn speak(
    stream: impl AsyncRead + AsyncWrite + Unpin,
    peer: SocketAddr,
    router: Router,
    mut stop: watch::Receiver<bool>,
) {
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

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::thread;

    use axum::routing::get;

    use super::*;

    /// More than all buffers between server and client hold.
    const LARGE: usize = 32 << 20;

    /// Serves one connection to its end, with a client that may read.
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
        let router = Router::new().route("/", get(|| async { vec![b'x'; LARGE] }));
        let (_stop, stopping) = watch::channel(false);
        connection(
            stream,
            None,
            peer,
            router,
            stopping,
            Duration::from_millis(200),
        )
        .await;
        client.join().unwrap();
    }

    #[tokio::test]
    async fn a_client_that_takes_nothing_is_given_up() {
        let (sender, held) = std::sync::mpsc::channel();
        // The connection ends while the client holds it and reads nothing.
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
