//! Fails with the payload's kind until the attempt that the payload says.
//! `{"kind", "until", "retry_after_ms"}`

use std::time::Duration;

use hospes_guest::Failure;
use serde_json::Value;

test_guests::node!(|payload, context| {
    let until = payload
        .get("until")
        .and_then(Value::as_u64)
        .unwrap_or(u64::MAX);
    if u64::from(context.attempt) >= until {
        return Ok(context.attempt.into());
    }
    let failure = match payload
        .get("kind")
        .and_then(Value::as_str)
        .unwrap_or_default()
    {
        "rate-limited" => Failure::rate_limited("slow down"),
        "unavailable" => Failure::unavailable("not now"),
        "partial" => Failure::partial("half of it"),
        _ => Failure::rejected("no"),
    };
    Err(
        match payload.get("retry_after_ms").and_then(Value::as_u64) {
            Some(wait) => failure.retry_after(Duration::from_millis(wait)),
            None => failure,
        },
    )
});
