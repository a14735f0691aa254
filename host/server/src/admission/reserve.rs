//! What a connection on a reserve permit may do.

use std::sync::Arc;

use axum::extract::Request;
use axum::http::HeaderValue;
use axum::http::header::CONNECTION;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::permits::ConnectionPermit;
use crate::route_pattern::route_pattern;

/// For monitoring, not for clients.
pub(crate) const HEALTH: [&str; 3] = ["/healthz", "/readyz", "/metrics"];

/// The middleware. A connection on a reserve permit can make one request, for
/// the server's health.
pub(crate) async fn only_health(request: Request, next: Next) -> Response {
    let permit = request.extensions().get::<Arc<ConnectionPermit>>();
    let Some(short) = permit.and_then(|permit| permit.connection.reserved) else {
        return next.run(request).await;
    };
    let route = route_pattern(request.extensions());
    let mut response = if route.is_some_and(|route| HEALTH.contains(&route)) {
        next.run(request).await
    } else {
        short.refusal().into_response()
    };
    let close = HeaderValue::from_static("close");
    response.headers_mut().insert(CONNECTION, close);
    response
}
