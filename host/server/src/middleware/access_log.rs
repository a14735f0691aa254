//! One line of JSON on standard error for each request, its id and its span.

use std::sync::Arc;
use std::time::Instant;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use tracing::Instrument;

use crate::auth::CallerName;
use crate::client::{Client, Peer, Proxies};
use crate::error::Failed;
use crate::metrics::Metrics;
use crate::outcome::About;
use crate::route_pattern::route_pattern;
use crate::telemetry::span;

/// The header with a request's id, in requests and responses.
pub(crate) static REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// What the middleware needs.
#[derive(Clone)]
pub(crate) struct Access {
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) proxies: Arc<Proxies>,
}

/// The middleware.
pub(crate) async fn access(
    State(Access { metrics, proxies }): State<Access>,
    mut request: Request,
    next: Next,
) -> Response {
    let start = Instant::now();
    let id = request_id(request.headers());
    let method = request.method().clone();
    // The pattern, not the path, so that a URL can't forge a log line.
    let route = route_pattern(request.extensions()).map(str::to_owned);
    let peer = request
        .extensions()
        .get::<Peer>()
        .map(|Peer(peer)| peer.ip());
    let client = peer.and_then(|peer| proxies.client(peer, request.headers()));
    if let Some(client) = client {
        request.extensions_mut().insert(Client(client));
    }
    let peer = client.or(peer);
    let (span, trace) = span::begin(&mut request, route.as_deref(), &id);
    let mut response = next.run(request).instrument(span.clone()).await;
    span::answered(&span, response.status());
    let elapsed = start.elapsed();
    metrics.answered(route.as_deref(), response.status().as_u16(), elapsed);
    let about = response.extensions().get::<About>();
    tracing::info!(
        target: "hospes::access",
        request_id = id,
        trace_id = trace,
        peer = peer.map(tracing::field::display),
        caller = response.extensions().get::<CallerName>().map(|caller| &*caller.0),
        method = %method,
        route,
        status = response.status().as_u16(),
        error = response.extensions().get::<Failed>().map(|failed| failed.0),
        node = about.map(|about| &about.node),
        generation = about.map(|about| about.generation),
        execution_id = about.map(|about| &about.execution),
        outcome = about.map(|about| about.outcome),
        elapsed_us = u64::try_from(elapsed.as_micros()).unwrap_or(u64::MAX),
    );
    if let Ok(id) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID.clone(), id);
    }
    response
}

/// The caller's id if it is safe in any place; otherwise a new one.
fn request_id(headers: &HeaderMap) -> String {
    let sane = |id: &&str| {
        (1..=128).contains(&id.len())
            && id
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-_.:/+=".contains(&byte))
    };
    let given = headers.get(&REQUEST_ID).and_then(|id| id.to_str().ok());
    match given.filter(sane) {
        Some(id) => id.to_owned(),
        None => uuid::Uuid::new_v4().to_string(),
    }
}
