//! Reads a request's body: never more than a limit, never slower than a minimum
//! rate, and only after its bytes are reserved.

use std::convert::Infallible;
use std::ops::Deref;
use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::{FromRequest, Request};
use axum::http::HeaderMap;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use http_body_util::BodyExt;
use hyper::body::Body as _;
use tokio::time::{Instant, timeout_at};

use crate::admission::{ByteReservation, ConnectionPermit, GRACE, RATE, Shortage, due};
use crate::error::{
    ApiError, BODY_TOO_LARGE, BODY_TOO_SLOW, INTERNAL, INVALID_REQUEST, WRONG_CONTENT_TYPE,
};

/// The first reservation for a body that doesn't announce its length; it is
/// then doubled as needed.
const STEP: u64 = 64 << 10;

/// A body that is being received.
pub(crate) struct Sent {
    body: Body,
    permit: Option<Arc<ConnectionPermit>>,
}

impl<S: Sync> FromRequest<S> for Sent {
    type Rejection = Infallible;

    async fn from_request(request: Request, _: &S) -> Result<Sent, Infallible> {
        let permit = request.extensions().get::<Arc<ConnectionPermit>>().cloned();
        let body = request.into_body();
        Ok(Sent { body, permit })
    }
}

/// A complete body, with its reservation.
pub(crate) struct Received {
    bytes: Vec<u8>,
    reservation: ByteReservation,
}

impl Received {
    /// The reservation, for what remains of the body.
    pub(crate) fn into_reservation(self, left: usize) -> ByteReservation {
        let Received {
            bytes,
            mut reservation,
        } = self;
        drop(bytes);
        reservation.set(left as u64);
        reservation
    }
}

impl Deref for Received {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.bytes
    }
}

/// Reads a body. One that announces more than the limit is refused at once, and
/// one that there is no room for is not read.
pub(crate) async fn read(
    headers: &HeaderMap,
    sent: Sent,
    limit: u64,
) -> Result<Received, ApiError> {
    let Sent { mut body, permit } = sent;
    let mut reservation = permit
        .ok_or_else(|| ApiError::new(&INTERNAL, "the request has no connection"))?
        .reservation();
    let too_large = || {
        let message = format!("the body has more than {limit} bytes");
        ApiError::new(&BODY_TOO_LARGE, message)
    };
    let announced = headers
        .get(CONTENT_LENGTH)
        .and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    match announced {
        Some(bytes) if bytes > limit => return Err(too_large()),
        Some(bytes) => reservation.grow(bytes).map_err(Shortage::refusal)?,
        None if body.is_end_stream() => {}
        None => reservation
            .grow(STEP.min(limit))
            .map_err(Shortage::refusal)?,
    }
    let mut bytes = Vec::with_capacity(usize::try_from(reservation.bytes()).unwrap_or(0));
    let begun = Instant::now();
    loop {
        let Ok(frame) = timeout_at(begun + due(bytes.len() as u64), body.frame()).await else {
            let message = format!(
                "after {} s, a body needs {RATE} bytes per second",
                GRACE.as_secs()
            );
            return Err(ApiError::new(&BODY_TOO_SLOW, message));
        };
        let Some(frame) = frame else {
            return Ok(Received { bytes, reservation });
        };
        let frame = frame.map_err(|_| ApiError::new(&INVALID_REQUEST, "the body was cut off"))?;
        let Ok(data) = frame.into_data() else {
            continue;
        };
        let needed = (bytes.len() + data.len()) as u64;
        if needed > limit {
            return Err(too_large());
        }
        if needed > reservation.bytes() {
            let wanted = needed.max(2 * reservation.bytes()).min(limit);
            reservation.grow(wanted).map_err(Shortage::refusal)?;
            let room = usize::try_from(reservation.bytes()).unwrap_or(usize::MAX);
            bytes.reserve_exact(room - bytes.len());
        }
        bytes.extend_from_slice(&data);
    }
}

/// A response that keeps its reservation until the client has read it.
pub(crate) fn answer(text: String, mut reservation: ByteReservation) -> Body {
    struct ReservedText(
        String,
        #[expect(dead_code, reason = "released with the text")] ByteReservation,
    );
    impl AsRef<[u8]> for ReservedText {
        fn as_ref(&self) -> &[u8] {
            self.0.as_bytes()
        }
    }
    reservation.set(text.len() as u64);
    Body::from(Bytes::from_owner(ReservedText(text, reservation)))
}

/// Refuses a body of any other content type.
pub(crate) fn expect_type(headers: &HeaderMap, wanted: &str) -> Result<(), ApiError> {
    let found = headers
        .get(CONTENT_TYPE)
        .and_then(|found| found.to_str().ok())
        .unwrap_or_default();
    let essence = found.split(';').next().unwrap_or_default().trim();
    if essence.eq_ignore_ascii_case(wanted) {
        return Ok(());
    }
    Err(ApiError::new(
        &WRONG_CONTENT_TYPE,
        format!("this needs the header `Content-Type: {wanted}`"),
    ))
}
