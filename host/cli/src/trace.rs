//! `--trace`: the HTTP requests and responses, with references in place of
//! secrets.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use hospes::egress::{BoxFuture, Incoming, Outgoing, Transport, TransportError, UreqTransport};
use serde::Serialize;
use serde_json::Value;

/// Records requests and responses until they are taken.
#[derive(Clone, Default)]
pub(crate) struct Trace(Arc<Mutex<Vec<Exchange>>>);

/// A request as the node sent it, and its response as the node sees it.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Exchange {
    pub(crate) method: &'static str,
    pub(crate) url: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Value,
    pub(crate) answer: Option<Answer>,
    pub(crate) error: Option<String>,
}

/// The response.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Value,
}

impl Trace {
    /// A transport that is recorded.
    pub(crate) fn transport(&self, inner: UreqTransport) -> Arc<dyn Transport> {
        Arc::new(Watched {
            inner,
            trace: self.clone(),
        })
    }

    /// What was recorded since the last call.
    pub(crate) fn take(&self) -> Vec<Exchange> {
        let mut exchanges = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *exchanges)
    }

    fn add(&self, exchange: Exchange) {
        let mut exchanges = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        exchanges.push(exchange);
    }
}

struct Watched {
    inner: UreqTransport,
    trace: Trace,
}

impl Transport for Watched {
    fn resolve<'a>(
        &'a self,
        host: &'a str,
        timeout: Duration,
    ) -> BoxFuture<'a, Result<Vec<std::net::IpAddr>, TransportError>> {
        self.inner.resolve(host, timeout)
    }

    fn send(&self, request: Outgoing) -> BoxFuture<'_, Result<Incoming, TransportError>> {
        Box::pin(async move {
            let blank = request.blank.clone();
            let mut exchange = Exchange {
                method: request.method.as_str(),
                url: request.target.as_str().to_owned(),
                headers: request
                    .headers
                    .iter()
                    .map(|header| (header.name.clone(), header.shown().to_owned()))
                    .collect(),
                body: content(request.body.as_deref().map(|body| blank.text(body))),
                answer: None,
                error: None,
            };
            let result = self.inner.send(request).await;
            match &result {
                Ok(incoming) => {
                    let shown = |text: &String| blank.text(text.as_bytes());
                    exchange.answer = Some(Answer {
                        status: incoming.status,
                        headers: incoming
                            .headers
                            .iter()
                            .map(|(name, value)| (shown(name), shown(value)))
                            .collect(),
                        body: content(Some(blank.text(&incoming.body))),
                    });
                }
                Err(error) => exchange.error = Some(blank.text(error.to_string().as_bytes())),
            }
            self.trace.add(exchange);
            result
        })
    }
}

/// A body as JSON if it is JSON, or else as text.
fn content(text: Option<String>) -> Value {
    match text {
        Some(text) => serde_json::from_str(&text).unwrap_or(Value::String(text)),
        None => Value::Null,
    }
}
