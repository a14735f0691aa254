//! Reports what happens on a socket to its `Connection`: bytes of a head
//! arrived, the client does not read what was written, a response was sent.

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

/// A socket that reports to its connection, and gives up on a client that reads
/// nothing.
pub(crate) struct TrackedSocket {
    stream: Pin<Box<TimeoutStream<TcpStream>>>,
    connection: Arc<Connection>,
}

impl TrackedSocket {
    /// A client has to read something within the time `write`.
    pub(crate) fn new(
        stream: TcpStream,
        write: Duration,
        connection: Arc<Connection>,
    ) -> TrackedSocket {
        let mut stream = TimeoutStream::new(stream);
        stream.set_write_timeout(Some(write));
        TrackedSocket {
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

impl AsyncRead for TrackedSocket {
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

impl AsyncWrite for TrackedSocket {
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

    /// Only then is a large response queued as it is. Otherwise it is copied,
    /// and nothing accounts for the copy.
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

/// Tells the connection, when dropped, that its response was sent or that there
/// will be none.
pub(crate) struct Answered(Arc<Connection>);

impl Answered {
    /// Begins a request.
    ///
    /// # Errors
    ///
    /// If the connection was given up. Then nothing may be started.
    pub(crate) fn begin(connection: &Arc<Connection>) -> io::Result<Answered> {
        if connection.begin() {
            return Ok(Answered(Arc::clone(connection)));
        }
        Err(io::ErrorKind::ConnectionAborted.into())
    }

    /// Keeps this until the body has been sent.
    pub(crate) fn after(self, body: Body) -> ResponseBody {
        ResponseBody {
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

/// A response's body.
pub(crate) struct ResponseBody {
    body: Body,
    _answered: Answered,
}

impl HttpBody for ResponseBody {
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
