//! The body of a request on its way out.

use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll, ready};
use std::time::Instant;

use bytes::Bytes;
use http_body::{Body as _, Frame, SizeHint};

use crate::transport::{Body, TransportError};

/// How far a body has gone out.
#[derive(Clone, Default)]
pub(super) struct Progress(Arc<OnceLock<Instant>>);

impl Progress {
    /// When its last byte was taken.
    pub(super) fn finished(&self) -> Option<Instant> {
        self.0.get().copied()
    }

    fn finish(&self) {
        self.0.get_or_init(Instant::now);
    }
}

/// The body of a request, as hyper takes it.
pub(super) struct Upload {
    body: Body,
    progress: Progress,
}

impl Upload {
    pub(super) fn new(body: Body) -> Upload {
        let progress = Progress::default();
        if body.is_end_stream() {
            progress.finish();
        }
        Upload { body, progress }
    }

    pub(super) fn progress(&self) -> Progress {
        self.progress.clone()
    }

    /// A copy of one that is all there.
    pub(super) fn copy(&self) -> Option<Upload> {
        let whole = self.body.whole_bytes()?;
        Some(Upload::new(Body::from(whole)))
    }
}

impl http_body::Body for Upload {
    type Data = Bytes;
    type Error = TransportError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, TransportError>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(context));
        if frame.is_none() || self.body.is_end_stream() {
            self.progress.finish();
        }
        Poll::Ready(frame.map(|frame| match frame?.into_data() {
            Ok(data) => Ok(Frame::data(data)),
            Err(_) => Err(TransportError::Invalid("a request has no trailers".into())),
        }))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
