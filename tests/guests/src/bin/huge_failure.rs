//! Fails, with a message and details of as many bytes as the payload says.

test_guests::raw!(|payload| {
    let bytes = payload.parse().unwrap_or_default();
    Err(action::Failure {
        kind: hospes::node::types::FailureKind::Unknown,
        message: "m".repeat(bytes),
        retry_after_ms: Some(u64::MAX),
        details: Some(format!("\"{}\"", "d".repeat(bytes))),
    })
});

fn main() {}
