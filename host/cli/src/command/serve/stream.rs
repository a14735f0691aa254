//! An execution as a stream of events.

use std::convert::Infallible;
use std::pin::Pin;

use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use hospes::Outcome;
use serde::Serialize;
use tokio::sync::mpsc;
use tracing::Instrument;

use super::app::Shared;
use super::error::{ApiError, INTERNAL};
use super::execute::Call;

/// An execution on its way.
type BoxFuture = Pin<Box<dyn Future<Output = Result<Outcome, ApiError>> + Send>>;

/// What a stream is at.
struct Stream {
    /// Gone when it has ended.
    execution: Option<BoxFuture>,
    /// Log records as JSON. Bounded by the node's limits of its log.
    records: mpsc::UnboundedReceiver<String>,
    /// What to say when there are no more records.
    last: Option<Event>,
}

impl Stream {
    async fn next(&mut self) -> Option<Event> {
        let log = |record: String| Event::default().event("log").data(record);
        if let Some(execution) = &mut self.execution {
            tokio::select! {
                biased;
                Some(record) = self.records.recv() => return Some(log(record)),
                ended = execution => {
                    self.execution = None;
                    self.last = Some(last(ended));
                }
            }
        }
        // What was written in the last moment.
        match self.records.try_recv() {
            Ok(record) => Some(log(record)),
            Err(_) => self.last.take(),
        }
    }
}

/// Runs a node and tells about it meanwhile. The execution is part of the
/// stream: whoever drops the one cancels the other.
pub(super) fn events(app: &Shared, mut call: Call) -> Response {
    let (sender, records) = mpsc::unbounded_channel();
    call.context = call.context.on_log(move |record| {
        if let Ok(json) = json(record) {
            _ = sender.send(json);
        }
    });
    let app = app.clone();
    let execution = async move { call.run(&app).await.map(|(outcome, _)| outcome) };
    // It runs after the handler, and is part of the request nevertheless.
    let execution = execution.in_current_span();
    let stream = Stream {
        execution: Some(Box::pin(execution)),
        records,
        last: None,
    };
    let events = stream::unfold(stream, |mut stream| async move {
        let event = stream.next().await?;
        Some((Ok::<_, Infallible>(event), stream))
    });
    Sse::new(events)
        .keep_alive(KeepAlive::default())
        .into_response()
}

fn last(ended: Result<Outcome, ApiError>) -> Event {
    match ended.and_then(|outcome| json(&outcome)) {
        Ok(outcome) => Event::default().event("outcome").data(outcome),
        Err(error) => Event::default()
            .event("error")
            .data(error.document().to_string()),
    }
}

/// One line of JSON.
pub(super) fn json(value: &impl Serialize) -> Result<String, ApiError> {
    serde_json::to_string(value).map_err(|error| ApiError::new(&INTERNAL, error.to_string()))
}
