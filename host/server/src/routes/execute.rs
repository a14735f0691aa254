//! `POST /v1/nodes/{node}/execute`: one execution.

use std::time::Duration;

use axum::extract::State;
use axum::http::header::{ACCEPT, CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use hospes::{Context, Json, Outcome};
use serde::Deserialize;
use serde_json::json;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::call::Call;
use super::events;
use crate::admission::ByteReservation;
use crate::auth::Caller;
use crate::documents::{self, CallerErrors, ErrorDocument, OutcomeDocument};
use crate::error::{ApiError, Failed, INVALID_REQUEST};
use crate::extract::body::{self, Sent};
use crate::extract::path::NodeName;
use crate::number;
use crate::outcome::About;
use crate::state::Shared;

/// What to run a node with. Only the payload is required.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Execution {
    /// Any JSON. The node's description may have a schema for it.
    #[schema(value_type = serde_json::Value)]
    payload: Box<RawValue>,
    /// The variables of the flow so far. Defaults to none.
    #[schema(value_type = Option<Object>)]
    variables: Option<Box<RawValue>>,
    /// 1 to 128 visible ASCII characters. Repeating the id of an earlier
    /// execution lets the upstream recognise the repetition. Ids of different
    /// callers never collide: in logs and upstream, the caller's name is put
    /// before it. Defaults to a random UUID.
    #[schema(min_length = 1, max_length = 128, pattern = r"^[\x21-\x7e]*$")]
    execution_id: Option<String>,
    /// A deadline shorter than the node's own, in milliseconds.
    #[schema(minimum = 1, maximum = 9007199254740991_i64)]
    #[serde(default, deserialize_with = "number::whole_or_null")]
    deadline_ms: Option<u64>,
}

/// Runs a node once.
///
/// The response is the outcome document, with status 200 if the node returned a
/// result or a failure of its own. If the host had to end it, the status says
/// so, and the document has an `error` in addition.
///
/// With `Accept: text/event-stream`, the response is a stream of events: `log`
/// with each log record as it is written, and finally `outcome` with the
/// outcome document.
///
/// Dropping the connection cancels the execution.
#[utoipa::path(
    post,
    path = "/v1/nodes/{node}/execute",
    tag = "nodes",
    security((), ("token" = [])),
    params(
        ("node" = String, Path, description = "The node's name"),
        ("x-deadline-ms" = Option<u64>, Header, minimum = 1, maximum = 9007199254740991_i64, description = "Like `deadline_ms` in the body; the shorter one applies"),
        ("traceparent" = Option<String>, Header, description = "The caller's trace (W3C Trace Context), which the node's requests continue if the server propagates traces"),
        ("tracestate" = Option<String>, Header, description = "The second part of `traceparent`"),
    ),
    request_body(
        content = Execution,
        description = "At most twice the node's limit `payload` plus 4 KiB",
    ),
    responses(
        (status = 200, description = "The node returned", content(
            (OutcomeDocument = "application/json"),
            (String = "text/event-stream"),
        )),
        (status = 400, description = "`invalid-request`", body = ErrorDocument),
        CallerErrors,
        (status = 404, description = "`unknown-node`", body = ErrorDocument),
        (status = 408, description = "`body-too-slow`", body = ErrorDocument),
        (status = 413, description = "`body-too-large`, or `payload-too-large` with the outcome", body = OutcomeDocument),
        (status = 415, description = "`wrong-content-type`", body = ErrorDocument),
        (status = 500, description = "`host`: the host's own code panicked while it served the node", body = OutcomeDocument),
        (status = 502, description = "The node broke: `memory`, `stack`, `trap`, `result-too-large`, `invalid-result`", body = OutcomeDocument),
        (status = 503, description = "`overloaded`, `cancelled`: try again after `Retry-After`", body = OutcomeDocument),
        (status = 504, description = "`deadline`", body = OutcomeDocument),
    ),
)]
pub(crate) async fn execute(
    caller: Caller,
    State(app): State<Shared>,
    NodeName(node): NodeName,
    headers: HeaderMap,
    body: Sent,
) -> Result<Response, ApiError> {
    caller.may_run(&node)?;
    let limits = app.executor.limits(&node);
    let limits = limits.map_err(|error| caller.unhinted(error, &node))?;
    body::expect_type(&headers, "application/json")?;
    let body = body::read(&headers, body, 2 * limits.payload + 4096).await?;
    let invalid = |error: String| ApiError::new(&INVALID_REQUEST, error);
    let request: Execution =
        serde_json::from_slice(&body).map_err(|error| invalid(format!("the body: {error}")))?;
    let context = context(&request, &caller, &headers, limits.depth).map_err(invalid)?;
    let variables = request.variables.map_or(0, |json| json.get().len());
    let payload: Box<str> = request.payload.into();
    let reservation = body.into_reservation(payload.len() + variables);
    let call = Call {
        context,
        payload,
        id: request.execution_id,
        caller,
        node,
    };
    if wants_events(&headers) {
        return Ok(events::events(&app, call, reservation));
    }
    let (outcome, about) = call.run(&app).await?;
    Ok(answer(&outcome, about, reservation))
}

fn context(
    request: &Execution,
    caller: &Caller,
    headers: &HeaderMap,
    depth: u64,
) -> Result<Context, String> {
    let mut context = Context::new();
    if let Some(name) = caller.name() {
        context = context.with_caller(name);
    }
    if let Some(id) = &request.execution_id {
        let wrong = |error| format!("execution_id: {error}");
        // The caller's own id is checked, not the internal one.
        Context::new().with_execution_id(id).map_err(wrong)?;
        context = context
            .with_execution_id(&caller.scoped(id))
            .map_err(wrong)?;
    }
    if let Some(variables) = &request.variables {
        let wrong = |error: &dyn std::fmt::Display| format!("variables: {error}");
        let variables = Json::within(variables.get(), depth).map_err(|error| wrong(&error))?;
        context = context
            .with_variables(variables)
            .map_err(|error| wrong(&error))?;
    }
    // A trace that is not of the recommendation's form is ignored.
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(parent) = text("traceparent")
        && let Ok(traced) = context.clone().with_traceparent(parent, text("tracestate"))
    {
        context = traced;
    }
    let header = match headers.get("x-deadline-ms") {
        Some(header) => {
            let millis = header
                .to_str()
                .ok()
                .and_then(|millis| millis.parse::<u64>().ok())
                .filter(|millis| *millis <= number::MAX);
            Some(millis.ok_or("x-deadline-ms: this is not a number of milliseconds")?)
        }
        None => None,
    };
    match header.into_iter().chain(request.deadline_ms).min() {
        Some(0) => Err("a deadline is at least 1 ms".to_owned()),
        Some(millis) => Ok(context.with_deadline(Duration::from_millis(millis))),
        None => Ok(context),
    }
}

fn wants_events(headers: &HeaderMap) -> bool {
    let accepted = headers
        .get_all(ACCEPT)
        .iter()
        .filter_map(|accept| accept.to_str().ok());
    accepted.flat_map(|accept| accept.split(',')).any(|range| {
        range
            .split(';')
            .next()
            .is_some_and(|range| range.trim().eq_ignore_ascii_case("text/event-stream"))
    })
}

/// The outcome as a response.
fn answer(outcome: &Outcome, about: About, reservation: ByteReservation) -> Response {
    let (status, error) = match &outcome.answer {
        Ok(_) => (StatusCode::OK, None),
        Err(fault) => (
            status(fault.kind()),
            Some(json!({ "code": fault.kind(), "message": fault.to_string() })),
        ),
    };
    let document = match document(outcome, error) {
        Ok(document) => document,
        Err(error) => return error.into_response(),
    };
    let json = HeaderValue::from_static("application/json");
    let mut response = (
        status,
        [(CONTENT_TYPE, json)],
        body::answer(document, reservation),
    )
        .into_response();
    if let Err(fault) = &outcome.answer {
        if status == StatusCode::SERVICE_UNAVAILABLE {
            let wait = HeaderValue::from(seconds(fault.retry_after()));
            response.headers_mut().insert(RETRY_AFTER, wait);
        }
        response.extensions_mut().insert(Failed(fault.kind()));
    }
    response.extensions_mut().insert(about);
    response
}

/// Whole seconds to wait; one if it is unknown.
fn seconds(wait: Option<Duration>) -> u64 {
    let wait = wait.unwrap_or_default();
    let begun = u64::from(wait.subsec_nanos() > 0);
    (wait.as_secs() + begun).max(1)
}

/// The status for what stopped a node, for proxies and dashboards.
fn status(kind: &str) -> StatusCode {
    match kind {
        "payload-too-large" => StatusCode::PAYLOAD_TOO_LARGE,
        "overloaded" | "cancelled" => StatusCode::SERVICE_UNAVAILABLE,
        "deadline" => StatusCode::GATEWAY_TIMEOUT,
        "host" => StatusCode::INTERNAL_SERVER_ERROR,
        _ => StatusCode::BAD_GATEWAY,
    }
}

/// The outcome document, with an error in front if there is one.
fn document(outcome: &Outcome, error: Option<serde_json::Value>) -> Result<String, ApiError> {
    let document = documents::json(outcome)?;
    let Some(error) = error else {
        return Ok(document);
    };
    // The document is always an object with keys.
    Ok(format!(
        "{{\"error\":{error},{}",
        document.trim_start_matches('{')
    ))
}
