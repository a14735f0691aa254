//! The middleware that finds out who sends a request.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::tokens::{Auth, Identity};
use crate::client::Client;

/// The name of a request's caller, for the log.
#[derive(Clone)]
pub(crate) struct CallerName(pub(crate) Arc<str>);

/// The middleware.
pub(crate) async fn identify(
    State(auth): State<Arc<Auth>>,
    mut request: Request,
    next: Next,
) -> Response {
    let identity = auth.behind(whose(request.headers(), &auth));
    if !is_about_health(request.uri().path()) {
        let client = request.extensions().get::<Client>().map(|client| client.0);
        match auth.begin(&identity, client) {
            Ok(Some(running)) => _ = request.extensions_mut().insert(Arc::new(running)),
            Ok(None) => {}
            Err(error) => return error.into_response(),
        }
    }
    let name = match &identity {
        Identity::Operator => Some("operator".into()),
        Identity::Approver => Some("approver".into()),
        Identity::Caller(known) => Some(Arc::clone(&known.name)),
        Identity::Nobody | Identity::Wrong => None,
    };
    request.extensions_mut().insert(identity);
    let mut response = next.run(request).await;
    if let Some(name) = name {
        response.extensions_mut().insert(CallerName(name));
    }
    response
}

/// Monitoring always gets an answer.
pub(crate) fn is_about_health(path: &str) -> bool {
    matches!(path, "/healthz" | "/readyz")
}

fn whose(headers: &HeaderMap, auth: &Auth) -> Identity {
    let header = headers.get(AUTHORIZATION);
    let Some(header) = header.and_then(|header| header.to_str().ok()) else {
        return Identity::Nobody;
    };
    let given = header
        .split_once(' ')
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
    given.map_or(Identity::Wrong, |(_, token)| auth.whose(token.trim()))
}
