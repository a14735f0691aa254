//! Reading a request's body: never more than a limit, never for ever.

use std::time::Duration;

use axum::body::Body;
use axum::http::HeaderMap;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use http_body_util::BodyExt;
use tokio::time::timeout;

use super::error::{ApiError, BODY_TOO_LARGE, BODY_TOO_SLOW, INVALID_REQUEST, WRONG_CONTENT_TYPE};

/// What a body may take in any case.
const PATIENCE: Duration = Duration::from_secs(10);
/// And one second more for each of these.
const SLOWEST: u64 = 64 << 10;

/// Reads a body. One that says that it is too large is not waited for.
pub(super) async fn read(
    headers: &HeaderMap,
    mut body: Body,
    limit: u64,
) -> Result<Vec<u8>, ApiError> {
    let too_large = || {
        ApiError::new(
            &BODY_TOO_LARGE,
            format!("the body has more than {limit} bytes"),
        )
    };
    let announced = headers
        .get(CONTENT_LENGTH)
        .and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if announced.is_some_and(|bytes| bytes > limit) {
        return Err(too_large());
    }
    let read = async {
        let mut bytes = Vec::new();
        while let Some(frame) = body.frame().await {
            let frame =
                frame.map_err(|_| ApiError::new(&INVALID_REQUEST, "the body was cut off"))?;
            let Ok(data) = frame.into_data() else {
                continue;
            };
            if (bytes.len() + data.len()) as u64 > limit {
                return Err(too_large());
            }
            bytes.extend_from_slice(&data);
        }
        Ok(bytes)
    };
    let time = PATIENCE + Duration::from_secs(limit / SLOWEST);
    let Ok(read) = timeout(time, read).await else {
        let message = format!("the body did not arrive within {} s", time.as_secs());
        return Err(ApiError::new(&BODY_TOO_SLOW, message));
    };
    read
}

/// Refuses a body that does not say it is of this type.
pub(super) fn expect_type(headers: &HeaderMap, wanted: &str) -> Result<(), ApiError> {
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
