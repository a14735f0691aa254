//! Retries: the same execution again, where the operator allowed it and only there.

use std::time::Duration;

use hospes::NodeConfig;
use hospes::outcome::FailureKind;
use hospes::retry::RetryPolicy;
use hospes_artifacts as guests;
use serde_json::json;

use crate::support::{guest, result, run};

fn config(limits: &[(&str, &str)]) -> NodeConfig {
    let mut retry = RetryPolicy::default();
    retry.on = vec![FailureKind::RateLimited, FailureKind::Unavailable];
    retry.backoff = Duration::from_millis(1);
    guest(guests::FAILS, limits).retry(retry)
}

#[test]
pub(crate) fn fails() {
    let outcome = run(config(&[]), r#"{"kind": "unavailable", "until": 3}"#);
    assert_eq!(result(&outcome), json!(3));
    assert_eq!(outcome.attempts, 3);

    let outcome = run(config(&[]), r#"{"kind": "unavailable", "until": 4}"#);
    assert_eq!(outcome.failure().unwrap().kind, FailureKind::Unavailable);
    assert_eq!(outcome.attempts, 3);
}

#[test]
fn a_kind_that_is_not_listed_is_not_repeated() {
    for kind in ["rejected", "partial"] {
        let outcome = run(config(&[]), &json!({"kind": kind, "until": 2}).to_string());
        assert_eq!(outcome.failure().unwrap().kind.as_str(), kind);
        assert_eq!(outcome.attempts, 1);
    }
    let unconfigured = guest(guests::FAILS, &[]);
    assert_eq!(
        run(unconfigured, r#"{"kind": "unavailable", "until": 2}"#).attempts,
        1
    );
}

#[test]
fn the_wait_that_the_node_asks_for_is_kept() {
    let payload = r#"{"kind": "rate-limited", "until": 2, "retry_after_ms": 150}"#;
    let outcome = run(config(&[]), payload);
    assert_eq!(outcome.attempts, 2);
    assert!(
        outcome.usage.wall_us >= 150_000,
        "{} us",
        outcome.usage.wall_us
    );
}

#[test]
fn a_wait_longer_than_the_deadline_is_given_to_the_caller_at_once() {
    let payload = r#"{"kind": "rate-limited", "until": 2, "retry_after_ms": 60000}"#;
    let outcome = run(config(&[("deadline", "5s")]), payload);
    assert_eq!(outcome.attempts, 1);
    assert_eq!(
        outcome.failure().unwrap().retry_after,
        Some(Duration::from_secs(60))
    );
    assert!(
        outcome.usage.wall_us < 4_000_000,
        "{} us",
        outcome.usage.wall_us
    );
}
