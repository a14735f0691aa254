//! What a request needs before anything is sent: budget, a permit, its whole
//! body, and time.

use std::time::{Duration, Instant};

use crate::body::{BodyError, RequestBody};
use crate::budget::RequestBudget;
use crate::limits::Limits;
use crate::request::Request;
use crate::response::Response;
use crate::room::Room;
use crate::semaphore::{Permit, ResizableSemaphore};
use crate::send_error::SendError;

/// A request that has its permit and its whole body.
pub(crate) struct Admitted<'a> {
    pub(crate) body: Option<Vec<u8>>,
    /// Bytes that the response body may have.
    pub(crate) room: u64,
    pub(crate) _place: Permit<'a>,
}

/// Takes memory for what has arrived of a request so far.
pub(crate) fn memory(budget: &RequestBudget, request: &Request) -> Result<Room, SendError> {
    let room = budget.room();
    match room.take(budget.writes.copies() * request.bytes()) {
        true => Ok(room),
        false => Err(budget.no_room()),
    }
}

/// Takes the memory that a response needs beyond `before`, as far as the
/// transport has not taken it yet: for its head, and for its record.
pub(crate) fn arrived(
    budget: &RequestBudget,
    room: &Room,
    before: u64,
    headers: &[(String, String)],
    body: &[u8],
) -> Result<(), SendError> {
    let bytes = budget.writes.copies() * Response::bytes(headers, body);
    match room.take_up_to(before + bytes) {
        true => Ok(()),
        false => Err(budget.no_room()),
    }
}

/// Takes a request from the budget and waits for one of its execution's
/// permits, then for its body if the node is still writing it. There are never
/// more half-written bodies than permits.
pub(crate) async fn admit<'a>(
    budget: &'a RequestBudget,
    limits: &Limits,
    body: RequestBody,
    memory: &Room,
    until: Instant,
) -> Result<Admitted<'a>, SendError> {
    let (body, coming) = match body {
        RequestBody::None => (None, None),
        RequestBody::Whole(body) => (Some(body), None),
        RequestBody::Coming(coming) => (None, Some(coming)),
    };
    let mut admitted = Admitted {
        room: budget.take(fitting(body.as_deref(), limits)?)?,
        _place: place(&budget.in_flight, until).await?,
        body,
    };
    if let Some(coming) = coming {
        let body = tokio::time::timeout_at(until.into(), coming).await;
        admitted.body = body
            .unwrap_or(Err(BodyError::Late))
            .map_err(|error| match error {
                BodyError::NoRoom => budget.no_room(),
                error => SendError::Body(error),
            })?;
        let copies = budget.writes.copies();
        if !memory.take(copies * length(admitted.body.as_deref())) {
            return Err(budget.no_room());
        }
        admitted.room = budget.take_body(fitting(admitted.body.as_deref(), limits)?)?;
    }
    Ok(admitted)
}

/// A body's length, if it is not too long.
fn fitting(body: Option<&[u8]>, limits: &Limits) -> Result<u64, SendError> {
    let (length, limit) = (length(body), limits.request_body);
    if length > limit {
        return Err(SendError::Body(BodyError::TooLong(limit)));
    }
    Ok(length)
}

/// A body's length.
pub(crate) fn length(body: Option<&[u8]>) -> u64 {
    body.map_or(0, |body| body.len() as u64)
}

/// Waits for a permit among the requests in flight.
pub(crate) async fn place(
    places: &ResizableSemaphore,
    until: Instant,
) -> Result<Permit<'_>, SendError> {
    if let Some(place) = places.try_take() {
        return Ok(place);
    }
    match tokio::time::timeout_at(until.into(), places.take()).await {
        Ok(Some(place)) => Ok(place),
        _ => {
            let why = "there was no place among the requests in flight in time";
            Err(SendError::Unreachable(why.to_owned()))
        }
    }
}

/// The time left; an error if there is none, since nothing has been sent yet.
pub(crate) fn left(until: Instant, now: Instant) -> Result<Duration, SendError> {
    match until.checked_duration_since(now) {
        Some(left) if !left.is_zero() => Ok(left),
        _ => Err(SendError::Unreachable(
            "there was no time left to send it".to_owned(),
        )),
    }
}
