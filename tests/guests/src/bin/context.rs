//! Answers with everything it was given.

use serde_json::json;

test_guests::node!(|payload, context| {
    Ok(json!({
        "payload": payload,
        "execution_id": context.execution_id,
        "attempt": context.attempt,
        "env": context.env,
        "params": context.params,
        "secrets": context.secrets,
        "variables": context.variables(),
        "remaining_ms": u64::try_from(context.remaining().as_millis()).unwrap_or(u64::MAX),
    }))
});
