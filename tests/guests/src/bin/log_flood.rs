//! Logs for ever, or as often as the payload says.

use hospes_guest::log;

test_guests::node!(|payload, _| {
    let line = "flood ".repeat(100);
    for n in 0..payload.as_u64().unwrap_or(u64::MAX) {
        log::info_with(&line, &[("n", &n.to_string())]);
    }
    Ok(payload)
});
