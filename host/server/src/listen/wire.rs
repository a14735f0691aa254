//! What goes over a connection, as far as its place has to know: that bytes of
//! a head have come, that the client does not take what was written, and that
//! an answer is out.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use hyper::body::{Frame, SizeHint};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_io_timeout::TimeoutStream;

use crate::admission::Connection;

/// A socket that tells its connection what it is at, and gives up on a client
/// that takes nothing.
pub(crate) struct Wire {
    stream: Pin<Box<TimeoutStream<TcpStream>>>,
    connection: Arc<Connection>,
}

impl Wire {
    /// A client has to take something in the time `write`.
    pub(crate) fn new(stream: TcpStream, write: Duration, connection: Arc<Connection>) -> Wire {
        let mut stream = TimeoutStream::new(stream);
        stream.set_write_timeout(Some(write));
        Wire {
            stream: Box::pin(stream),
            connection,
        }
    }

    fn noted(&self, written: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        let blocked = written.is_pending();
        self.connection.blocked.store(blocked, Ordering::Relaxed);
        written
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = self.stream.as_mut().poll_read(context, buffer);
        let bytes = buffer.filled().len() - before;
        if bytes > 0 {
            self.connection.received(bytes as u64);
        }
        read
    }
}

impl AsyncWrite for Wire {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = self.stream.as_mut().poll_write(context, bytes);
        self.noted(written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = self.stream.as_mut().poll_write_vectored(context, slices);
        self.noted(written)
    }

    /// A large answer is queued as it is only if this is so; otherwise it is
    /// copied, and the copy is held for nobody.
    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stream.as_mut().poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stream.as_mut().poll_shutdown(context)
    }
}

/// Tells the connection that its answer is out, or that there will be none.
pub(crate) struct Answered(Arc<Connection>);

impl Answered {
    /// A request is there.
    ///
    /// # Errors
    ///
    /// If the connection was given up before: nothing must be begun then.
    pub(crate) fn begin(connection: &Arc<Connection>) -> io::Result<Answered> {
        if connection.begin() {
            return Ok(Answered(Arc::clone(connection)));
        }
        Err(io::ErrorKind::ConnectionAborted.into())
    }

    /// The same once this body is out.
    pub(crate) fn after(self, body: Body) -> Answer {
        Answer {
            body,
            _answered: self,
        }
    }
}

impl Drop for Answered {
    fn drop(&mut self) {
        self.0.answered();
    }
}

/// An answer's body.
pub(crate) struct Answer {
    body: Body,
    _answered: Answered,
}

impl HttpBody for Answer {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
