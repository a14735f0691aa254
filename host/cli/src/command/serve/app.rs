//! What the handlers share, and the routes.

use std::sync::{Arc, OnceLock};

use axum::Router;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderValue, Method, Uri};
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use tokio::sync::watch;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{Modify, OpenApi};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::auth::{Auth, identify};
use super::desk::Desk;
use super::error::{ApiError, CODES, Code, UNKNOWN_ROUTE, WRONG_METHOD};
use super::metrics::{self, Metrics};
use super::peer::Proxies;
use super::sessions::{Flows, Sessions, routes as sessions};
use super::{access, change, execute, guard, health, nodes, page, policy, trial};

/// What the handlers share.
pub(super) type Shared = Arc<App>;

/// A server that is about to serve, or does.
pub(super) struct App {
    pub(super) desk: Arc<Desk>,
    pub(super) metrics: Arc<Metrics>,
    pub(super) flows: Arc<Flows>,
    pub(super) sessions: Arc<Sessions>,
    pub(super) auth: Arc<Auth>,
    /// Whose word about clients' addresses counts.
    pub(super) proxies: Proxies,
    /// Names that the server has, beside its addresses.
    pub(super) hosts: Vec<String>,
    /// Whether it is about to end.
    pub(super) stopping: watch::Receiver<bool>,
    pub(super) openapi: OnceLock<String>,
}

/// Every route, in the order of middlewares: log, guard, who it is, handler.
pub(super) fn router(app: &Shared) -> Router {
    let (router, api) = routes().split_for_parts();
    _ = app.openapi.set(api.to_json().unwrap_or_default());
    router
        .fallback(unknown_route)
        .method_not_allowed_fallback(wrong_method)
        .layer(from_fn_with_state(Arc::clone(app), identify))
        .layer(from_fn_with_state(Arc::clone(app), guard::guard))
        .layer(from_fn_with_state(Arc::clone(app), access::access))
        .with_state(Arc::clone(app))
}

/// The routes with their descriptions. There is no other way to add one.
fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::with_openapi(Api::openapi())
        .routes(routes!(execute::execute))
        .routes(routes!(sessions::flows))
        .routes(routes!(sessions::start))
        .routes(routes!(sessions::answer))
        .routes(routes!(sessions::look))
        .routes(routes!(sessions::resume))
        .routes(routes!(nodes::list))
        .routes(routes!(nodes::show, change::remove))
        .routes(routes!(nodes::history))
        .routes(routes!(change::upload))
        .routes(routes!(change::rollback))
        .routes(routes!(change::drain))
        .routes(routes!(trial::promote))
        .routes(routes!(trial::abort))
        .routes(routes!(policy::explain))
        .routes(routes!(health::healthz))
        .routes(routes!(health::readyz))
        .routes(routes!(metrics::metrics))
        .routes(routes!(openapi))
        .routes(routes!(page::page))
        .routes(routes!(page::chat))
}

/// The head of the API's description.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "hospes",
        description = "Runs action nodes, and replaces them while it serves. Every error has the shape of `ErrorDocument`.",
    ),
    tags(
        (name = "nodes", description = "Running nodes and looking at them"),
        (name = "sessions", description = "Conversations through a flow"),
        (name = "admin", description = "Changing nodes and looking at their policy: needs the token"),
        (name = "server", description = "The server itself"),
    ),
    modifiers(&Bearer, &Codes),
)]
struct Api;

/// The scheme of the token.
struct Bearer;

impl Modify for Bearer {
    fn modify(&self, api: &mut utoipa::openapi::OpenApi) {
        let scheme = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build();
        let components = api.components.get_or_insert_default();
        components.add_security_scheme("token", SecurityScheme::Http(scheme));
    }
}

/// Writes the codes of errors into the description.
struct Codes;

impl Modify for Codes {
    fn modify(&self, api: &mut utoipa::openapi::OpenApi) {
        let row = |code: &&Code| {
            format!(
                "| `{}` | {} | {} |\n",
                code.word,
                code.status.as_u16(),
                code.meaning
            )
        };
        let rows: String = CODES.iter().map(row).collect();
        let description = api.info.description.get_or_insert_default();
        description.push_str(&format!(
            "\n\n| code | status | meaning |\n| --- | --- | --- |\n{rows}"
        ));
    }
}

/// This description
#[utoipa::path(
    get,
    path = "/openapi.json",
    tag = "server",
    responses((status = 200, description = "OpenAPI 3.1", body = serde_json::Value)),
)]
async fn openapi(State(app): State<Shared>) -> Response {
    let json = HeaderValue::from_static("application/json");
    let text = app.openapi.get().cloned().unwrap_or_default();
    ([(CONTENT_TYPE, json)], text).into_response()
}

async fn unknown_route(uri: Uri) -> ApiError {
    let path = uri.path().escape_debug().to_string();
    ApiError::new(
        &UNKNOWN_ROUTE,
        format!("there is no `{path}`: see /openapi.json"),
    )
}

async fn wrong_method(method: Method, uri: Uri) -> ApiError {
    let path = uri.path().escape_debug().to_string();
    ApiError::new(
        &WRONG_METHOD,
        format!("`{path}` knows no {method}: see /openapi.json"),
    )
}
