//! An execution as a stream of events.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use hospes::Outcome;
use serde::Serialize;
use serde_json::json;
use tokio::sync::mpsc::{self, error::TrySendError};
use tokio::task::JoinSet;
use tracing::Instrument;

use super::call::Call;
use crate::admission::ByteReservation;
use crate::documents::json;
use crate::error::{ApiError, INTERNAL};
use crate::state::Shared;

/// How many log records may wait for a client; further ones are left out.
const RECORDS: usize = 64;

/// Log records for a client. Nothing waits for the client: records that it does
/// not read in time are left out and counted.
#[derive(Clone)]
struct LogStream {
    sender: mpsc::Sender<String>,
    lost: Arc<AtomicU64>,
}

impl LogStream {
    fn new() -> (LogStream, mpsc::Receiver<String>) {
        let (sender, receiver) = mpsc::channel(RECORDS);
        let lost = Arc::default();
        (LogStream { sender, lost }, receiver)
    }

    fn send(&self, record: &impl Serialize) {
        // Before the event is made, so that one that is left out costs nothing.
        match self.sender.try_reserve() {
            Ok(place) => {
                if let Ok(json) = json(record) {
                    place.send(json);
                }
            }
            Err(TrySendError::Full(())) => _ = self.lost.fetch_add(1, Ordering::Relaxed),
            Err(TrySendError::Closed(())) => {}
        }
    }
}

/// The state of a stream.
struct Stream {
    /// The execution, in its own task: it continues whether the client reads or
    /// not, and is cancelled when this is dropped.
    execution: JoinSet<Result<Outcome, ApiError>>,
    records: mpsc::Receiver<String>,
    lost: Arc<AtomicU64>,
    /// The bytes that the request, and later the outcome, reserves.
    reservation: ByteReservation,
    /// The final events, in reverse order.
    last: Vec<Event>,
}

impl Stream {
    async fn next(&mut self) -> Option<Event> {
        tokio::select! {
            biased;
            Some(record) = self.records.recv() => return Some(log(record)),
            Some(ended) = self.execution.join_next() => {
                let ended = ended.unwrap_or_else(|error| Err(ApiError::new(&INTERNAL, error.to_string())));
                self.end(ended);
            }
            else => {}
        }
        // LogStream that were written last.
        match self.records.try_recv() {
            Ok(record) => Some(log(record)),
            Err(_) => self.last.pop(),
        }
    }

    fn end(&mut self, ended: Result<Outcome, ApiError>) {
        let last = match ended.and_then(|outcome| json(&outcome)) {
            Ok(outcome) => {
                self.reservation.set(outcome.len() as u64);
                Event::default().event("outcome").data(outcome)
            }
            Err(error) => Event::default()
                .event("error")
                .data(error.document().to_string()),
        };
        self.last.push(last);
        let lost = self.lost.load(Ordering::Relaxed);
        if lost > 0 {
            let lost = json!({ "records": lost }).to_string();
            self.last.push(Event::default().event("lost").data(lost));
        }
    }
}

fn log(record: String) -> Event {
    Event::default().event("log").data(record)
}

/// Runs a node, and streams its log records meanwhile. Dropping the stream
/// cancels the execution.
pub(crate) fn events(app: &Shared, mut call: Call, reservation: ByteReservation) -> Response {
    let (sender, records) = LogStream::new();
    let lost = Arc::clone(&sender.lost);
    call.context = call.context.on_log(move |record| sender.send(record));
    let app = app.clone();
    let execution = async move { call.run(&app).await.map(|(outcome, _)| outcome) };
    let mut tasks = JoinSet::new();
    // It runs after the handler has returned, but is part of the request.
    tasks.spawn(execution.in_current_span());
    let stream = Stream {
        execution: tasks,
        records,
        lost,
        reservation,
        last: Vec::new(),
    };
    let events = stream::unfold(stream, |mut stream| async move {
        let event = stream.next().await?;
        Some((Ok::<_, Infallible>(event), stream))
    });
    Sse::new(events)
        .keep_alive(KeepAlive::default())
        .into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_that_a_client_does_not_take_are_counted_and_wait_for_nobody() {
        let (records, mut client) = LogStream::new();
        for number in 0..RECORDS + 7 {
            records.send(&number);
        }
        assert_eq!(records.lost.load(Ordering::Relaxed), 7);
        let taken = std::iter::from_fn(|| client.try_recv().ok()).count();
        assert_eq!(taken, RECORDS);
        drop(client);
        records.send(&"nobody is there");
        assert_eq!(records.lost.load(Ordering::Relaxed), 7);
    }
}
