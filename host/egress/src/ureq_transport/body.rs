//! Bodies between a blocking thread and the task that awaits the response.

use std::io::{self, Read};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Instant;

use bytes::{Buf, Bytes};
use http_body::{Body as _, Frame, SizeHint};
use tokio::runtime::Handle;
use tokio::sync::{mpsc, oneshot};

use super::abandon::Abandon;
use crate::transport::{Body, TransportError};

/// How many bytes of a response are read before they are passed on. A thread
/// fills one piece while the one before waits to be taken.
const PIECE: u64 = 16 << 10;

/// A piece of a body; `None` is its end.
type Piece = Result<Option<Bytes>, TransportError>;

/// A response whose head has come.
pub(super) type Head = Result<(http::Response<()>, Rest), TransportError>;

/// What follows a head.
pub(super) enum Rest {
    /// The whole body.
    Whole(Bytes),
    /// A body of this length, if it is known.
    Pieces(mpsc::Receiver<Piece>, Option<u64>),
}

/// Where a thread passes a response on.
pub(super) enum Responder {
    Head(oneshot::Sender<Head>),
    Body(mpsc::Sender<Piece>),
    Done,
}

impl Responder {
    pub(super) fn fail(self, error: TransportError) {
        // Nobody may be waiting any more.
        let _ = match self {
            Responder::Head(head) => head.send(Err(error)).is_ok(),
            Responder::Body(body) => body.blocking_send(Err(error)).is_ok(),
            Responder::Done => false,
        };
    }

    /// Passes the head on, and then the body piece by piece. A short body of
    /// known length comes with its head, which wakes the task only once.
    pub(super) fn pass_on(
        &mut self,
        head: http::Response<()>,
        mut body: impl Read,
        length: Option<u64>,
    ) -> io::Result<()> {
        let Responder::Head(responder) = std::mem::replace(self, Responder::Done) else {
            return Ok(());
        };
        if length.is_some_and(|length| length <= PIECE) {
            let whole = read_piece(&mut body, length);
            if let Ok(whole) = &whole {
                let _ = responder.send(Ok((head, Rest::Whole(whole.clone()))));
            } else {
                *self = Responder::Head(responder);
            }
            return whole.map(drop);
        }
        let (pieces, rest) = mpsc::channel(1);
        *self = Responder::Body(pieces.clone());
        if responder
            .send(Ok((head, Rest::Pieces(rest, length))))
            .is_err()
        {
            return Ok(());
        }
        loop {
            let piece = read_piece(&mut body, None)?;
            let piece = Some(piece).filter(|piece| !piece.is_empty());
            let is_last = piece.is_none();
            if pieces.blocking_send(Ok(piece)).is_err() || is_last {
                return Ok(());
            }
        }
    }
}

/// A full piece, or the last one. Single chunks of one byte would each wake the
/// task that awaits them.
fn read_piece(body: &mut impl Read, length: Option<u64>) -> io::Result<Bytes> {
    let size = length.map_or(PIECE, |length| length.min(PIECE));
    let mut piece = Vec::with_capacity(usize::try_from(size).unwrap_or_default());
    // One byte more than a stated length: only the end of a body gives its
    // connection back.
    let most = length.map_or(PIECE, |length| length.saturating_add(1));
    body.take(most).read_to_end(&mut piece)?;
    Ok(piece.into())
}

/// The response with its body. Dropping the body before its end closes the
/// exchange's socket.
pub(super) fn response(
    head: http::Response<()>,
    rest: Rest,
    abandon: Abandon,
) -> http::Response<Body> {
    head.map(|()| match rest {
        Rest::Whole(bytes) => {
            abandon.disarm();
            Body::from(bytes)
        }
        Rest::Pieces(pieces, length) => Body::new(Download {
            pieces,
            length,
            abandon: Some(abandon),
        }),
    })
}

/// The body of a response, as a thread passes it on.
struct Download {
    pieces: mpsc::Receiver<Piece>,
    length: Option<u64>,
    /// `None` after the end.
    abandon: Option<Abandon>,
}

impl http_body::Body for Download {
    type Data = Bytes;
    type Error = TransportError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, TransportError>>> {
        if self.abandon.is_none() {
            return Poll::Ready(None);
        }
        let error = match ready!(self.pieces.poll_recv(context)) {
            Some(Ok(Some(piece))) => return Poll::Ready(Some(Ok(Frame::data(piece)))),
            Some(Ok(None)) => None,
            Some(Err(error)) => Some(Err(error)),
            // A thread that ends without a word has panicked.
            None => Some(Err(lost())),
        };
        if let Some(abandon) = self.abandon.take() {
            abandon.disarm();
        }
        Poll::Ready(error)
    }

    fn is_end_stream(&self) -> bool {
        self.abandon.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        self.length
            .map_or_else(SizeHint::default, SizeHint::with_exact)
    }
}

pub(super) fn lost() -> TransportError {
    TransportError::Interrupted("the transport failed".to_owned())
}

/// The body of a request that comes in pieces, for a thread that reads it.
pub(super) struct Upload {
    body: Body,
    /// Where the body's producer runs.
    runtime: Handle,
    until: Instant,
    piece: Bytes,
}

impl Upload {
    pub(super) fn new(body: Body, runtime: Handle, until: Instant) -> Upload {
        Upload {
            body,
            runtime,
            until,
            piece: Bytes::new(),
        }
    }

    fn next(&mut self) -> io::Result<Option<Frame<Bytes>>> {
        let body = &mut self.body;
        let frame = std::future::poll_fn(|context| Pin::new(&mut *body).poll_frame(context));
        let until = self.until.into();
        let frame = self
            .runtime
            .block_on(async { tokio::time::timeout_at(until, frame).await });
        match frame {
            Ok(frame) => frame.transpose().map_err(io::Error::other),
            Err(_) => Err(io::ErrorKind::TimedOut.into()),
        }
    }
}

impl Read for Upload {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.piece.is_empty() {
            let Some(frame) = self.next()? else {
                return Ok(0);
            };
            let trailers = |_| io::Error::other("a request has no trailers");
            self.piece = frame.into_data().map_err(trailers)?;
        }
        let length = self.piece.len().min(buffer.len());
        self.piece
            .copy_to_slice(buffer.get_mut(..length).unwrap_or_default());
        Ok(length)
    }
}
