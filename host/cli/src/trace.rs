//! `--trace`: the HTTP requests and responses, with references in place of
//! secrets.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use hospes::egress::{Body, BoxFuture, Dial, Room, Transport, TransportError, http};
use serde::Serialize;
use serde_json::Value;

/// Records requests and responses until they are taken.
#[derive(Clone, Default)]
pub(crate) struct Trace(Arc<Mutex<Vec<TracedExchange>>>);

/// A request as the node sent it, and its response as the node sees it.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct TracedExchange {
    pub(crate) method: String,
    pub(crate) url: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Value,
    pub(crate) answer: Option<TracedResponse>,
    pub(crate) error: Option<String>,
}

/// The response.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct TracedResponse {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Value,
}

impl Trace {
    /// A transport that is recorded.
    pub(crate) fn transport(&self, inner: Arc<dyn Transport>) -> Arc<dyn Transport> {
        Arc::new(TracedTransport {
            inner,
            trace: self.clone(),
        })
    }

    /// What was recorded since the last call.
    pub(crate) fn take(&self) -> Vec<TracedExchange> {
        let mut exchanges = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *exchanges)
    }

    fn add(&self, exchange: TracedExchange) {
        let mut exchanges = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        exchanges.push(exchange);
    }
}

struct TracedTransport {
    inner: Arc<dyn Transport>,
    trace: Trace,
}

impl Transport for TracedTransport {
    fn resolve<'a>(
        &'a self,
        host: &'a str,
        timeout: Duration,
    ) -> BoxFuture<'a, Result<Vec<std::net::IpAddr>, TransportError>> {
        self.inner.resolve(host, timeout)
    }

    fn send(
        &self,
        request: http::Request<Body>,
        dial: Dial,
    ) -> BoxFuture<'_, Result<http::Response<Body>, TransportError>> {
        Box::pin(async move {
            let (blank, max) = (dial.blank.clone(), dial.max_response_body);
            let sent = request.body().whole().filter(|body| !body.is_empty());
            let mut exchange = TracedExchange {
                method: request.method().to_string(),
                url: request.uri().to_string(),
                headers: request
                    .headers()
                    .iter()
                    .map(|(name, value)| (name.to_string(), blank.header(name, value).into_owned()))
                    .collect(),
                body: content(sent.map(|body| blank.text(body))),
                answer: None,
                error: None,
            };
            // What is shown has to be there as a whole.
            let result = match self.inner.send(request, dial).await {
                Ok(response) => whole(response, max).await,
                Err(error) => Err(error),
            };
            match &result {
                Ok(response) => {
                    exchange.answer = Some(TracedResponse {
                        status: response.status().as_u16(),
                        headers: response
                            .headers()
                            .iter()
                            .map(|(name, value)| {
                                let name = blank.text(name.as_str().as_bytes());
                                (name, blank.text(value.as_bytes()))
                            })
                            .collect(),
                        body: content(response.body().whole().map(|body| blank.text(body))),
                    });
                }
                Err(error) => exchange.error = Some(blank.text(error.to_string().as_bytes())),
            }
            self.trace.add(exchange);
            result
        })
    }
}

/// The response with its whole body.
async fn whole(
    response: http::Response<Body>,
    max: u64,
) -> Result<http::Response<Body>, TransportError> {
    let (head, body) = response.into_parts();
    let body = body.collect(max, &Room::default()).await?;
    Ok(http::Response::from_parts(head, body.into()))
}

/// A body as JSON if it is JSON, or else as text.
fn content(text: Option<String>) -> Value {
    match text {
        Some(text) => serde_json::from_str(&text).unwrap_or(Value::String(text)),
        None => Value::Null,
    }
}
