//! `/v1/flows` and `/v1/sessions`: starting a session, answering, inspecting.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use hospes_solution::Session;
use hospes_solution::session::Output;
use serde::de::DeserializeOwned;
use serde_json::json;

use crate::auth::Caller;
use crate::documents::{CallerErrors, ErrorDocument};
use crate::error::{ApiError, INTERNAL, INVALID_REQUEST, SESSION_ENDED, STALE_TURN};
use crate::extract::body::{self, Sent};
use crate::extract::path::InPath;
use crate::sessions::documents::{
    FlowDocument, FlowsDocument, SessionAnswer, SessionDocument, Standing, Start,
};
use crate::sessions::play::{play, refusal};
use crate::sessions::{Conversation, SessionLease};
use crate::state::Shared;

/// The most bytes of a body.
const BODY: u64 = 64 << 10;

/// Lists the flows
#[utoipa::path(
    get,
    path = "/v1/flows",
    tag = "sessions",
    security((), ("token" = [])),
    responses(
        (status = 200, description = "Every flow that the token may play, by name", body = FlowsDocument),
        CallerErrors,
    ),
)]
pub(crate) async fn flows(caller: Caller, State(app): State<Shared>) -> Json<FlowsDocument> {
    let flows = app.flows.all();
    let known = flows.values().filter(|flow| caller.has_flow(&flow.name));
    Json(FlowsDocument {
        flows: known.map(|flow| FlowDocument::of(flow)).collect(),
    })
}

/// Starts a session of a flow
///
/// The response comes when the session asks for something or has ended.
#[utoipa::path(
    post,
    path = "/v1/flows/{flow}/sessions",
    tag = "sessions",
    security((), ("token" = [])),
    params(("flow" = String, Path, description = "The flow's name")),
    request_body(content = Start, description = "At most 64 KiB"),
    responses(
        (status = 201, description = "The session", body = SessionDocument),
        (status = 400, description = "`invalid-request`", body = ErrorDocument),
        CallerErrors,
        (status = 404, description = "`unknown-flow`", body = ErrorDocument),
        (status = 408, description = "`body-too-slow`", body = ErrorDocument),
        (status = 413, description = "`body-too-large`", body = ErrorDocument),
        (status = 415, description = "`wrong-content-type`", body = ErrorDocument),
        (status = 500, description = "`internal`: nothing was started", body = ErrorDocument),
        (status = 503, description = "`sessions-full`: try again after `Retry-After`", body = ErrorDocument),
    ),
)]
pub(crate) async fn start(
    caller: Caller,
    State(app): State<Shared>,
    InPath(flow): InPath,
    headers: HeaderMap,
    body: Sent,
) -> Result<(StatusCode, Json<SessionDocument>), ApiError> {
    caller.may_play(&flow)?;
    let flow = app.flows.find(&flow, |name| caller.has_flow(name))?;
    let start: Start = read(&headers, body).await?;
    // Executions are named after this id, in logs and upstream. It must differ
    // from the other one, because whoever knows that one can answer.
    let name = uuid::Uuid::new_v4().to_string();
    let started = Session::start(&flow, &name, start.inputs);
    let (session, outputs) = started.map_err(|error| refusal(&error))?;
    let conversation = Conversation::new(session, caller.name());
    let lease = app.sessions.admit(&caller, conversation.clone())?;
    let id = lease.id().to_owned();
    let conversation = go_on(&app, &caller, lease, conversation, outputs).await?;
    let document = SessionDocument::of(&id, conversation, false, false);
    Ok((StatusCode::CREATED, Json(document)))
}

/// Answers a session's question
///
/// The response comes when the session asks again or has ended. An answer counts
/// once: sent again, it is `stale-turn`. Dropping the connection stops nothing.
#[utoipa::path(
    post,
    path = "/v1/sessions/{session}/answer",
    tag = "sessions",
    security((), ("token" = [])),
    params(("session" = String, Path, description = "The session's id")),
    request_body(content = SessionAnswer, description = "At most 64 KiB"),
    responses(
        (status = 200, description = "The session after the answer; if it could not be used, the session asks again", body = SessionDocument),
        (status = 400, description = "`invalid-request`", body = ErrorDocument),
        CallerErrors,
        (status = 404, description = "`unknown-session`", body = ErrorDocument),
        (status = 408, description = "`body-too-slow`", body = ErrorDocument),
        (status = 409, description = "`session-busy`, `stale-turn` with `session`, `session-ended`, `flow-changed`", body = ErrorDocument),
        (status = 413, description = "`body-too-large`", body = ErrorDocument),
        (status = 415, description = "`wrong-content-type`", body = ErrorDocument),
        (status = 500, description = "`internal`", body = ErrorDocument),
    ),
)]
pub(crate) async fn answer(
    caller: Caller,
    State(app): State<Shared>,
    InPath(id): InPath,
    headers: HeaderMap,
    body: Sent,
) -> Result<Json<SessionDocument>, ApiError> {
    let answer: SessionAnswer = read(&headers, body).await?;
    settle(&app, &caller, &id).await;
    let (mut conversation, lease) = app.sessions.take(&caller, &id, |conversation| {
        fits(&app, &id, conversation, &answer)
    })?;
    let flow = app.flows.of(&conversation.session)?;
    let answered = conversation.session.answer(&flow, &answer.answer);
    let outputs = answered.map_err(|error| refusal(&error))?;
    conversation.turn += 1;
    conversation.outputs.clear();
    let conversation = go_on(&app, &caller, lease, conversation, outputs).await?;
    Ok(Json(SessionDocument::of(&id, conversation, false, false)))
}

/// Shows the state of a session
///
/// This changes nothing and calls nothing.
#[utoipa::path(
    get,
    path = "/v1/sessions/{session}",
    tag = "sessions",
    security((), ("token" = [])),
    params(("session" = String, Path, description = "The session's id")),
    responses(
        CallerErrors,
        (status = 200, description = "The session, and what it said last", body = SessionDocument),
        (status = 404, description = "`unknown-session`", body = ErrorDocument),
    ),
)]
pub(crate) async fn look(
    caller: Caller,
    State(app): State<Shared>,
    InPath(id): InPath,
) -> Result<Json<SessionDocument>, ApiError> {
    seen(&app, &caller, &id)
}

/// Resumes an interrupted session
///
/// A session is `interrupted` if the server was killed while a node ran. The
/// outcome of that call is unknown, so it is not repeated, and the session takes
/// the edge for `unknown`. An answer also resumes the session before it is
/// processed. A session that is not interrupted stays as it is.
#[utoipa::path(
    post,
    path = "/v1/sessions/{session}/resume",
    tag = "sessions",
    security((), ("token" = [])),
    params(("session" = String, Path, description = "The session's id")),
    responses(
        CallerErrors,
        (status = 200, description = "The session, and what it said last", body = SessionDocument),
        (status = 404, description = "`unknown-session`", body = ErrorDocument),
    ),
)]
pub(crate) async fn resume(
    caller: Caller,
    State(app): State<Shared>,
    InPath(id): InPath,
) -> Result<Json<SessionDocument>, ApiError> {
    settle(&app, &caller, &id).await;
    seen(&app, &caller, &id)
}

/// The state of a session.
fn seen(app: &Shared, caller: &Caller, id: &str) -> Result<Json<SessionDocument>, ApiError> {
    let (conversation, busy) = app.sessions.look(caller, id)?;
    let changed = is_changed(app, &conversation);
    Ok(Json(SessionDocument::of(id, conversation, changed, busy)))
}

/// Checks that an answer is to the session's current question.
fn fits(
    app: &Shared,
    id: &str,
    conversation: &Conversation,
    answer: &SessionAnswer,
) -> Result<(), ApiError> {
    if answer.turn != conversation.turn {
        let message = format!(
            "the answer is to turn {}, but the session is at turn {}",
            answer.turn, conversation.turn
        );
        let standing = Standing::of(id, conversation, is_changed(app, conversation), false);
        return Err(ApiError::new(&STALE_TURN, message).with("session", json!(standing)));
    }
    if conversation.is_ended() {
        return Err(ApiError::new(&SESSION_ENDED, "the session is over"));
    }
    app.flows.of(&conversation.session).map(|_| ())
}

/// An ended session doesn't need its flow.
fn is_changed(app: &Shared, conversation: &Conversation) -> bool {
    !conversation.is_ended() && app.flows.of(&conversation.session).is_err()
}

/// Resumes a session that is acting without a task: the server was killed
/// during a call, whose outcome is unknown.
async fn settle(app: &Shared, caller: &Caller, id: &str) {
    let acting = |conversation: &Conversation| match conversation.is_acting() {
        true => Ok(()),
        false => Err(ApiError::new(&INTERNAL, "the session is not interrupted")),
    };
    let Ok((mut conversation, lease)) = app.sessions.take(caller, id, acting) else {
        return;
    };
    let lost = app.flows.of(&conversation.session).and_then(|flow| {
        conversation
            .session
            .lost(&flow)
            .map_err(|error| refusal(&error))
    });
    // If its flow has changed, it stays as it is, and its state says so.
    if let Ok(outputs) = lost
        && let Err(error) = go_on(app, caller, lease, conversation, outputs).await
    {
        tracing::error!(target: "hospes::serve", "a session can't continue: {}", error.message());
    }
}

/// Continues in its own task, so that a client that disconnects can't interrupt
/// a call.
async fn go_on(
    app: &Shared,
    caller: &Caller,
    mut lease: SessionLease,
    conversation: Conversation,
    outputs: Vec<Output>,
) -> Result<Conversation, ApiError> {
    let flow = app.flows.of(&conversation.session)?;
    let (app, request) = (app.clone(), caller.running());
    let played = tokio::spawn(async move {
        let played = play(&app.executor, &flow, &mut lease, conversation, outputs).await;
        drop(request);
        played
    });
    let played = played.await;
    played.unwrap_or_else(|error| Err(ApiError::new(&INTERNAL, error.to_string())))
}

async fn read<T: DeserializeOwned>(headers: &HeaderMap, body: Sent) -> Result<T, ApiError> {
    body::expect_type(headers, "application/json")?;
    let body = body::read(headers, body, BODY).await?;
    serde_json::from_slice(&body)
        .map_err(|error| ApiError::new(&INVALID_REQUEST, format!("the body: {error}")))
}
