//! Sockets: the thread, the connections, and the ways to end one badly.

use std::convert::Infallible;
use std::future::pending;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use http_body_util::BodyExt as _;
use hyper::body::{Body, Bytes, Frame, Incoming, SizeHint};
use hyper::header::{HeaderName, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;

use crate::answer::MockResponse;
use crate::check::{MAX_BODY_BYTES, Received};
use crate::exchange::Ending;
use crate::handler::Handler;

/// A thread with its own runtime; dropping this ends it.
pub(crate) struct Server {
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// How a connection is to be cut.
#[derive(Clone, Copy)]
enum Cut {
    /// With a TCP reset.
    Reset,
    /// With an ordinary close.
    Close,
}

type Cutter = mpsc::UnboundedSender<Cut>;

impl Server {
    pub(crate) fn start(listen: SocketAddr, handler: Arc<Handler>) -> io::Result<Self> {
        // Bound here and not on the thread, so that the caller sees the error and clients can connect at once.
        let listener = std::net::TcpListener::bind(listen)?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let listener = {
            let _inside = runtime.enter();
            TcpListener::from_std(listener)?
        };
        let (stop, stopped) = oneshot::channel();
        let thread = thread::Builder::new()
            .name("mock-braze".to_owned())
            .spawn(move || runtime.block_on(accept(listener, handler, stopped)))?;
        Ok(Self {
            address,
            stop: Some(stop),
            thread: Some(thread),
        })
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            // It fails only if the thread is gone already, and then there is nothing to stop.
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Takes connections until told to stop; the open ones end with it.
async fn accept(listener: TcpListener, handler: Arc<Handler>, mut stopped: oneshot::Receiver<()>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            _ = &mut stopped => return,
            Some(_) = connections.join_next() => {}
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    connections.spawn(serve(stream, Arc::clone(&handler)));
                }
                // Out of descriptors, most likely: asking again at once would only burn the processor.
                Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
            },
        }
    }
}

/// Serves one connection until the client leaves or a request orders the cut.
async fn serve(stream: TcpStream, handler: Arc<Handler>) {
    let (cutter, mut cuts) = mpsc::unbounded_channel();
    let service = service_fn(move |request| answer(Arc::clone(&handler), cutter.clone(), request));
    let mut connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
    let cut = tokio::select! {
        // The connection first: what it has written must be on its way before it is cut.
        biased;
        _ = &mut connection => return,
        Some(cut) = cuts.recv() => cut,
    };
    let stream = connection.into_parts().io.into_inner();
    if let Cut::Reset = cut {
        // Without lingering, closing a socket sends a reset instead of a farewell. Should this fail, the
        // client sees an early end of the connection, which is the next best thing.
        let _ = stream.set_zero_linger();
    }
}

async fn answer(
    handler: Arc<Handler>,
    cutter: Cutter,
    request: Request<Incoming>,
) -> Result<Response<ReplyBody>, Infallible> {
    let (head, body) = request.into_parts();
    let arrival = handler.arrive(head);
    let plan = if arrival.is_cut_short() {
        handler.give_up(&arrival)
    } else {
        match read(body).await {
            Ok(received) => handler.decide(arrival, &received),
            Err(_) => handler.give_up(&arrival),
        }
    };
    if !plan.delay.is_zero() {
        tokio::time::sleep(plan.delay).await;
    }
    match plan.answer {
        Some(answer) => Ok(response(
            &answer,
            (plan.ending == Ending::Truncated).then_some(cutter),
        )),
        None => {
            // The receiver lives as long as the connection, and so does this future.
            let _ = cutter.send(Cut::Reset);
            pending().await
        }
    }
}

/// Reads to the end, of any size: a client that is answered in the middle of its upload may lose the
/// answer, and a test of the size limit must see it.
async fn read(mut body: Incoming) -> Result<Received, hyper::Error> {
    let mut received = Received::default();
    while let Some(frame) = body.frame().await {
        if let Ok(data) = frame?.into_data() {
            received.size += data.len() as u64;
            if received.size <= MAX_BODY_BYTES as u64 {
                received.bytes.extend_from_slice(&data);
            } else {
                received.bytes = Vec::new();
            }
        }
    }
    Ok(received)
}

fn response(answer: &MockResponse, cutter: Option<Cutter>) -> Response<ReplyBody> {
    let mut response = Response::new(ReplyBody::new(answer.bytes(), cutter));
    // Status and headers were checked with the script; what cannot be sent is left out rather than panicked on.
    if let Ok(status) = StatusCode::from_u16(answer.status) {
        *response.status_mut() = status;
    }
    for (name, value) in &answer.headers {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            response.headers_mut().append(name, value);
        }
    }
    response
}

/// The body of an answer. With a cutter it declares its whole length, gives half, and orders the cut.
struct ReplyBody {
    data: Option<Bytes>,
    length: u64,
    cutter: Option<Cutter>,
}

impl ReplyBody {
    fn new(bytes: Vec<u8>, cutter: Option<Cutter>) -> Self {
        let mut data = Bytes::from(bytes);
        let mut length = data.len() as u64;
        if cutter.is_some() {
            data.truncate(data.len() / 2);
            // An empty body cannot be halved; this way it is still one byte short.
            length = length.max(1);
        }
        Self {
            data: Some(data).filter(|data| !data.is_empty()),
            length,
            cutter,
        }
    }
}

impl Body for ReplyBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if let Some(data) = self.data.take() {
            return Poll::Ready(Some(Ok(Frame::data(data))));
        }
        match &self.cutter {
            None => Poll::Ready(None),
            Some(cutter) => {
                let _ = cutter.send(Cut::Close);
                Poll::Pending
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.data.is_none() && self.cutter.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.length)
    }
}
