//! The operators' listener, on its own threads and tokio runtime. Whatever
//! clients and nodes do, health can be queried and nodes can be changed.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use anyhow::anyhow;
use axum::Router;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

use crate::admission::{AdmissionControl, AdmissionLimits};
use crate::listen;
use crate::listen::tls::Tls;

/// Connections of operators and monitoring.
const CONNECTIONS: usize = 128;
/// Threads. While one is busy with a long history, the other can report the
/// health.
const THREADS: usize = 2;

/// The operators' listener, which serves until it is told to stop.
pub(crate) struct AdminListener {
    pub(crate) address: SocketAddr,
    stop: CancellationToken,
    ended: oneshot::Receiver<()>,
}

impl AdminListener {
    /// Starts to listen.
    pub(crate) fn start(
        address: SocketAddr,
        tls: Option<Tls>,
        bytes: u64,
        drain: Duration,
        router: Router,
    ) -> anyhow::Result<AdminListener> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(THREADS)
            .thread_name("hospes-admin")
            .enable_all()
            .build()?;
        let wrong = |error: io::Error| anyhow!("can't listen on {address}: {error}");
        let listener = std::net::TcpListener::bind(address).map_err(wrong)?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let entered = runtime.enter();
        let listener = TcpListener::from_std(listener)?;
        drop(entered);
        let admission = AdmissionControl::new(AdmissionLimits::new(CONNECTIONS, bytes));
        let stop = CancellationToken::new();
        let stopping = stop.clone();
        let (sender, ended) = oneshot::channel();
        let serve = move || {
            runtime.block_on(listen::serve(
                listener, tls, router, admission, stopping, drain,
            ));
            // Blocking tasks on it are not waited for.
            runtime.shutdown_background();
            _ = sender.send(());
        };
        std::thread::Builder::new()
            .name("hospes-admin".to_owned())
            .spawn(serve)?;
        Ok(AdminListener {
            address,
            stop,
            ended,
        })
    }

    /// Stops, and returns once the requests in progress have ended.
    pub(crate) async fn end(self) {
        self.stop.cancel();
        _ = self.ended.await;
    }
}
