//! Reads what a node still writes after its request has ended.
//!
//! A request may be refused while its node writes the body. A reader that is
//! dropped then is a broken pipe to the node, which toolchains don't expect:
//! JavaScript on `fetch` traps. So the rest of the body is read and discarded.

use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame};
use http_body_util::BodyExt;
use tokio::runtime::Handle;
use tokio::task::JoinSet;
use wasmtime_wasi_http::{Error, WasiBody};

/// How many bodies of one attempt are drained at once; the readers of further
/// ones are dropped.
const AT_ONCE: usize = 8;

/// A body that can be read further after its reader has stopped.
#[derive(Clone)]
pub(super) struct SharedBody(Arc<Mutex<WasiBody>>);

impl SharedBody {
    pub(super) fn new(body: WasiBody) -> SharedBody {
        SharedBody(Arc::new(Mutex::new(body)))
    }

    /// A reader of the body, for collecting it.
    pub(super) fn reader(&self) -> WasiBody {
        self.clone().boxed_unsync()
    }

    fn body(&self) -> MutexGuard<'_, WasiBody> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Body for SharedBody {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        Pin::new(&mut *self.body()).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body().is_end_stream()
    }
}

/// Reads bodies to their ends, while the attempt lives.
#[derive(Clone, Default)]
pub(super) struct BodyDrain(Arc<Mutex<JoinSet<()>>>);

impl BodyDrain {
    /// Reads at most `limit` more bytes.
    pub(super) fn drain(&self, mut rest: SharedBody, limit: u64) {
        let Ok(tokio) = Handle::try_current() else {
            return;
        };
        let mut tasks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        while tasks.try_join_next().is_some() {}
        if tasks.len() >= AT_ONCE {
            return;
        }
        let swallow = async move {
            let mut swallowed = 0;
            while let Some(Ok(frame)) = rest.frame().await {
                swallowed += frame.data_ref().map_or(0, |data| data.len() as u64);
                if swallowed > limit {
                    break;
                }
            }
        };
        tasks.spawn_on(swallow, &tokio);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

    use futures_util::{Stream, StreamExt, stream};
    use http_body_util::StreamBody;

    use super::*;

    /// Endless frames of one byte; counts them, and so shows when reading
    /// stops.
    fn endless(read: Arc<AtomicUsize>) -> impl Stream<Item = Result<Frame<Bytes>, Error>> {
        stream::repeat(()).then(move |()| {
            read.fetch_add(1, Relaxed);
            async {
                tokio::task::yield_now().await;
                Ok(Frame::data(Bytes::from_static(b"x")))
            }
        })
    }

    #[tokio::test]
    async fn what_is_left_is_read_up_to_a_limit() {
        let read = Arc::new(AtomicUsize::new(0));
        let shared =
            SharedBody::new(StreamBody::new(Box::pin(endless(Arc::clone(&read)))).boxed_unsync());
        let mut reader = shared.reader();
        for _ in 0..3 {
            reader.frame().await.unwrap().unwrap();
        }
        drop(reader);
        let sink = BodyDrain::default();
        sink.drain(shared, 10);
        while !sink.0.lock().unwrap().is_empty() {
            tokio::task::yield_now().await;
            while sink.0.lock().unwrap().try_join_next().is_some() {}
        }
        assert_eq!(read.load(Relaxed), 3 + 11);
    }

    #[tokio::test]
    async fn no_more_bodies_are_read_on_than_may_be_and_none_after_the_attempt() {
        let sink = BodyDrain::default();
        let alive = Arc::new(());
        for _ in 0..AT_ONCE + 3 {
            let inside = Arc::clone(&alive);
            let never = stream::once(async move {
                let _inside = inside;
                std::future::pending().await
            });
            let body = StreamBody::new(Box::pin(never)).boxed_unsync();
            sink.drain(SharedBody::new(body), 10);
        }
        assert_eq!(Arc::strong_count(&alive), 1 + AT_ONCE);
        drop(sink);
        while Arc::strong_count(&alive) > 1 {
            tokio::task::yield_now().await;
        }
    }
}
