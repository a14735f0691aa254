//! The body of a response on its way in.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http_body::{Body as _, Frame, SizeHint};
use hyper::body::Incoming;
use tokio::time::Sleep;

use super::failure::classify;
use super::meter::max_pieces;
use super::pool::Lease;
use super::upload::Progress;
use crate::transport::{Body, Dial, TransportError};

/// The body of a response. Dropping it before its end ends the request.
pub(super) struct Download {
    incoming: Incoming,
    /// `None` after the end.
    lease: Option<Lease>,
    progress: Progress,
    until: Instant,
    between_bytes: Duration,
    /// How many more pieces may come.
    pieces: u64,
    /// Set while it waits.
    alarm: Option<Pin<Box<Sleep>>>,
}

impl Download {
    pub(super) fn start(
        incoming: Incoming,
        lease: Lease,
        progress: Progress,
        until: Instant,
        dial: &Dial,
    ) -> Body {
        let mut download = Download {
            incoming,
            lease: Some(lease),
            progress,
            until,
            between_bytes: dial.between_bytes_timeout,
            pieces: max_pieces(dial.max_response_body),
            alarm: None,
        };
        if download.incoming.is_end_stream() {
            download.finish();
            return Body::empty();
        }
        Body::new(download)
    }

    /// Gives the connection back. One on which the request is still going out
    /// is closed instead.
    fn finish(&mut self) {
        if let Some(lease) = self.lease.take()
            && self.progress.finished().is_some()
        {
            lease.finish();
        }
    }

    fn fail(&mut self, error: &hyper::Error) -> TransportError {
        let lease = self.lease.take();
        let connection = lease.as_ref().and_then(Lease::connection);
        let overrun = connection.is_some_and(|connection| connection.meter.is_overrun());
        classify(error, true, overrun)
    }

    /// Whether the time for the next piece is over.
    fn poll_late(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let alarm = self.alarm.get_or_insert_with(|| {
            let next = Instant::now().checked_add(self.between_bytes);
            let until = next.unwrap_or(self.until).min(self.until);
            Box::pin(tokio::time::sleep_until(until.into()))
        });
        alarm.as_mut().poll(context)
    }
}

impl http_body::Body for Download {
    type Data = Bytes;
    type Error = TransportError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, TransportError>>> {
        if self.lease.is_none() {
            return Poll::Ready(None);
        }
        match Pin::new(&mut self.incoming).poll_frame(context) {
            Poll::Ready(Some(Ok(frame))) => {
                self.alarm = None;
                let Some(left) = self.pieces.checked_sub(1) else {
                    self.lease = None;
                    return Poll::Ready(Some(Err(TransportError::TooLarge)));
                };
                self.pieces = left;
                if self.incoming.is_end_stream() {
                    self.finish();
                }
                Poll::Ready(Some(Ok(frame)))
            }
            Poll::Ready(Some(Err(error))) => Poll::Ready(Some(Err(self.fail(&error)))),
            Poll::Ready(None) => {
                self.finish();
                Poll::Ready(None)
            }
            Poll::Pending if self.poll_late(context).is_ready() => {
                self.lease = None;
                Poll::Ready(Some(Err(TransportError::Timeout)))
            }
            Poll::Pending => Poll::Pending,
        }
    }

    fn is_end_stream(&self) -> bool {
        self.lease.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        self.incoming.size_hint()
    }
}
