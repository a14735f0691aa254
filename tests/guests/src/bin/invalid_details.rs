//! Fails with the payload's string as details, which need not be JSON.

test_guests::raw!(|payload| {
    Err(action::Failure {
        kind: hospes::node::types::FailureKind::Rejected,
        message: "no".to_owned(),
        retry_after_ms: None,
        details: serde_json::from_str(&payload).ok(),
    })
});

fn main() {}
