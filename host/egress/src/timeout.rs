//! Waiting for foreign code: bounded in time, panics contained.

use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::task::Poll;
use std::time::Instant;

use crate::transport::TransportError;

/// Starts a transport and waits for it until `until` at most; `None` if it
/// takes longer.
///
/// A transport that is ready at once needs no timer. A panic of the transport
/// fails this request only.
pub(crate) async fn timeout_at<T, F>(
    until: Instant,
    start: impl FnOnce() -> F,
) -> Option<Result<T, TransportError>>
where
    F: Future<Output = Result<T, TransportError>>,
{
    let failed = || TransportError::Interrupted("the transport failed".to_owned());
    let Ok(future) = catch_unwind(AssertUnwindSafe(start)) else {
        return Some(Err(failed()));
    };
    let mut future = pin!(future);
    let mut contained = poll_fn(move |context| {
        catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(context)))
            .unwrap_or_else(|_| Poll::Ready(Err(failed())))
    });
    let first = poll_fn(|context| Poll::Ready(Pin::new(&mut contained).poll(context))).await;
    match first {
        Poll::Ready(result) => Some(result),
        Poll::Pending => tokio::time::timeout_at(until.into(), contained).await.ok(),
    }
}
