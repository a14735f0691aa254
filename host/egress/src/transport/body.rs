//! The body of a request or a response, in pieces.

use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body as _, Frame, SizeHint};

use super::error::TransportError;
use crate::room::Room;

/// The first piece of room for a response's body, in bytes.
const STEP: u64 = 16 << 10;

/// The body of a request or a response, which comes in pieces. Dropping the
/// body of a response ends the request.
pub struct Body(Content);

enum Content {
    /// All of it, until it is read.
    Whole(Option<Bytes>),
    Pieces(Pin<Box<dyn http_body::Body<Data = Bytes, Error = TransportError> + Send>>),
}

impl Body {
    /// A body that comes in pieces. A piece takes memory before the gate has
    /// counted it, so a transport keeps its pieces small.
    pub fn new(
        body: impl http_body::Body<Data = Bytes, Error = TransportError> + Send + 'static,
    ) -> Body {
        Body(Content::Pieces(Box::pin(body)))
    }

    /// No body.
    pub fn empty() -> Body {
        Body(Content::Whole(None))
    }

    /// The bytes, if all of them are there. The gate collects a request's body
    /// before it sends the request, so they always are in a request of the
    /// gate's.
    pub fn whole(&self) -> Option<&[u8]> {
        match &self.0 {
            Content::Whole(bytes) => Some(bytes.as_deref().unwrap_or_default()),
            Content::Pieces(_) => None,
        }
    }

    /// The same, without a copy.
    #[cfg(feature = "hyper")]
    pub(crate) fn whole_bytes(&self) -> Option<Bytes> {
        match &self.0 {
            Content::Whole(bytes) => Some(bytes.clone().unwrap_or_default()),
            Content::Pieces(_) => None,
        }
    }

    /// Reads the body to its end, and takes room for it before it keeps it.
    ///
    /// # Errors
    ///
    /// [`TransportError::TooLarge`] if it is longer than `max` bytes,
    /// [`TransportError::NoRoom`], and those of the body itself.
    pub async fn collect(self, max: u64, room: &Room) -> Result<Vec<u8>, TransportError> {
        self.read(max, room, &mut 0).await
    }

    /// Reads the body to its end; `received` becomes the number of bytes that
    /// have come, also if it fails. The bytes are counted, whatever length the
    /// upstream claims.
    pub(crate) async fn read(
        mut self,
        max: u64,
        room: &Room,
        received: &mut u64,
    ) -> Result<Vec<u8>, TransportError> {
        let stated = self.size_hint();
        if stated.lower() > max {
            return Err(TransportError::TooLarge);
        }
        let most = stated.upper().unwrap_or(max).min(max);
        let (mut bytes, mut taken) = (Vec::new(), 0);
        while let Some(frame) = poll_fn(|context| Pin::new(&mut self).poll_frame(context)).await {
            // What is no data is a trailer, which nobody asked for.
            let Ok(data) = frame?.into_data() else {
                continue;
            };
            *received += data.len() as u64;
            if *received > max {
                return Err(TransportError::TooLarge);
            }
            if *received > taken {
                // Doubles each time, so that nothing is copied often.
                let step = taken.max(STEP).min(most.saturating_sub(taken));
                let more = step.max(*received - taken);
                if !room.take(more) {
                    return Err(TransportError::NoRoom);
                }
                taken += more;
                if bytes.is_empty() && self.is_end_stream() {
                    return Ok(data.into());
                }
                let free = taken - bytes.len() as u64;
                bytes.reserve_exact(usize::try_from(free).unwrap_or(usize::MAX));
            }
            bytes.extend_from_slice(&data);
        }
        Ok(bytes)
    }
}

impl Default for Body {
    fn default() -> Body {
        Body::empty()
    }
}

impl From<Vec<u8>> for Body {
    fn from(bytes: Vec<u8>) -> Body {
        Body::from(Bytes::from(bytes))
    }
}

impl From<Bytes> for Body {
    fn from(bytes: Bytes) -> Body {
        Body(Content::Whole(
            Some(bytes).filter(|bytes| !bytes.is_empty()),
        ))
    }
}

impl From<String> for Body {
    fn from(text: String) -> Body {
        Body::from(text.into_bytes())
    }
}

impl From<&'static str> for Body {
    fn from(text: &'static str) -> Body {
        Body::from(Bytes::from_static(text.as_bytes()))
    }
}

impl http_body::Body for Body {
    type Data = Bytes;
    type Error = TransportError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, TransportError>>> {
        match &mut self.0 {
            Content::Whole(bytes) => Poll::Ready(bytes.take().map(|bytes| Ok(Frame::data(bytes)))),
            Content::Pieces(body) => body.as_mut().poll_frame(context),
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.0 {
            Content::Whole(bytes) => bytes.is_none(),
            Content::Pieces(body) => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.0 {
            Content::Whole(bytes) => {
                SizeHint::with_exact(bytes.as_ref().map_or(0, |bytes| bytes.len() as u64))
            }
            Content::Pieces(body) => body.size_hint(),
        }
    }
}

/// Leaves out the content, which may hold a secret.
impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Content::Whole(bytes) => {
                write!(f, "{} bytes", bytes.as_ref().map_or(0, Bytes::len))
            }
            Content::Pieces(_) => f.write_str("Pieces"),
        }
    }
}
