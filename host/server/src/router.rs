//! The routes and their middlewares.

use axum::Router;
use axum::extract::{OriginalUri, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderValue, Method, Uri};
use axum::middleware::{from_fn, from_fn_with_state, map_response};
use axum::response::{IntoResponse, Response};
use hospes_deploy::text::quoted;
use std::sync::Arc;
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::admission::only_health;
use crate::auth::identify;
use crate::error::{ApiError, UNKNOWN_ROUTE, WRONG_METHOD};
use crate::middleware::{access_log, guard};
use crate::openapi::{self, Bearer, Codes};
use crate::routes::{
    approvals, execute, health, metrics, nodes, page, policy, revisions, sessions, trial,
};
use crate::state::Shared;

/// The set of routes that a listener has.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum RouteSet {
    /// All of them.
    All,
    /// For clients: running nodes, conversations, and whether the server is
    /// ready.
    Clients,
}

/// The optional routes that are included.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OptionalRoutes {
    pub(crate) pages: bool,
    pub(crate) metrics: bool,
    pub(crate) sessions: bool,
}

impl OptionalRoutes {
    pub(crate) const ALL: OptionalRoutes = OptionalRoutes {
        pages: true,
        metrics: true,
        sessions: true,
    };
}

/// The routes of a listener. A request passes the middlewares in this order:
/// headers, log, reserve, guard, handler.
pub(crate) fn router(app: &Shared, set: RouteSet, parts: OptionalRoutes) -> Router {
    let (whole, mut api) = OpenApiRouter::with_openapi(Api::openapi())
        .merge(of_clients(parts))
        .merge(of_operators(parts))
        .split_for_parts();
    openapi::everywhere(&mut api);
    _ = app.openapi.set(api);
    let router = match set {
        RouteSet::All => whole.fallback(unknown_route),
        RouteSet::Clients => Router::from(of_clients(parts)).fallback(elsewhere),
    };
    router
        .method_not_allowed_fallback(wrong_method)
        .layer(from_fn_with_state(Arc::clone(&app.auth), identify))
        .layer(from_fn_with_state(app.guard.clone(), guard::guard))
        .layer(from_fn(only_health))
        .layer(from_fn_with_state(
            access_log::Access {
                metrics: Arc::clone(&app.metrics),
                proxies: Arc::clone(&app.proxies),
            },
            access_log::access,
        ))
        .layer(map_response(headers))
        .with_state(app.clone())
}

/// The routes for clients, with their descriptions.
fn of_clients(parts: OptionalRoutes) -> OpenApiRouter<Shared> {
    let router = OpenApiRouter::new()
        .routes(routes!(execute::execute))
        .routes(routes!(health::healthz))
        .routes(routes!(health::readyz))
        .routes(routes!(openapi_json));
    if !parts.sessions {
        return router;
    }
    router
        .routes(routes!(sessions::flows))
        .routes(routes!(sessions::start))
        .routes(routes!(sessions::answer))
        .routes(routes!(sessions::look))
        .routes(routes!(sessions::resume))
}

/// All other routes. There is no other way to add one.
fn of_operators(parts: OptionalRoutes) -> OpenApiRouter<Shared> {
    let mut router = OpenApiRouter::new()
        .routes(routes!(nodes::list))
        .routes(routes!(nodes::show, revisions::remove))
        .routes(routes!(nodes::history))
        .routes(routes!(nodes::solution))
        .routes(routes!(revisions::upload))
        .routes(routes!(revisions::rollback))
        .routes(routes!(approvals::held))
        .routes(routes!(approvals::approve))
        .routes(routes!(revisions::drain))
        .routes(routes!(trial::promote))
        .routes(routes!(trial::abort))
        .routes(routes!(policy::explain));
    if parts.metrics {
        router = router.routes(routes!(metrics::metrics));
    }
    if parts.pages {
        router = router
            .routes(routes!(page::page))
            .routes(routes!(page::chat));
    }
    router
}

/// Forbids caches to store a response, and browsers to guess its type.
async fn headers(mut response: Response) -> Response {
    let headers = response.headers_mut();
    let no_store = HeaderValue::from_static("no-store");
    headers.entry(CACHE_CONTROL).or_insert(no_store);
    let nosniff = HeaderValue::from_static("nosniff");
    headers.insert(X_CONTENT_TYPE_OPTIONS, nosniff);
    response
}

/// The head of the API's description.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "hospes",
        description = "Runs action nodes, and replaces them while it serves. Every error is an `ErrorDocument`.",
    ),
    tags(
        (name = "nodes", description = "Running and inspecting nodes"),
        (name = "sessions", description = "Conversations through a flow"),
        (name = "admin", description = "Changing nodes and inspecting their policy: needs the operator's token"),
        (name = "server", description = "The server itself"),
    ),
    modifiers(&Bearer, &Codes),
)]
struct Api;

/// This description
#[utoipa::path(
    get,
    path = "/openapi.json",
    tag = "server",
    responses((status = 200, description = "OpenAPI 3.1", body = serde_json::Value)),
)]
async fn openapi_json(
    State(app): State<Shared>,
    OriginalUri(asked): OriginalUri,
    uri: Uri,
) -> Response {
    let json = HeaderValue::from_static("application/json");
    let api = app.openapi.get().map(|api| {
        let mount = openapi::mount(asked.path(), uri.path());
        openapi::at(api, mount).to_json().unwrap_or_default()
    });
    ([(CONTENT_TYPE, json)], api.unwrap_or_default()).into_response()
}

async fn unknown_route(OriginalUri(asked): OriginalUri, uri: Uri) -> ApiError {
    let mount = openapi::mount(asked.path(), uri.path());
    let path = quoted(asked.path());
    let message = format!("there is no `{path}`: see {}/openapi.json", quoted(mount));
    ApiError::new(&UNKNOWN_ROUTE, message)
}

/// The unknown path of a client listener, which may exist for operators.
async fn elsewhere(uri: Uri) -> ApiError {
    let path = quoted(uri.path());
    let message =
        format!("there is no `{path}` here: routes for operators are on the operators' listener");
    ApiError::new(&UNKNOWN_ROUTE, message)
}

async fn wrong_method(method: Method, OriginalUri(asked): OriginalUri, uri: Uri) -> ApiError {
    let mount = openapi::mount(asked.path(), uri.path());
    let path = quoted(asked.path());
    let message = format!(
        "`{path}` has no {method}: see {}/openapi.json",
        quoted(mount)
    );
    ApiError::new(&WRONG_METHOD, message)
}
