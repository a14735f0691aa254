//! Wants to end the process.

test_guests::node!(|payload, _| {
    let code = payload.as_i64().unwrap_or_default();
    std::process::exit(i32::try_from(code).unwrap_or(1))
});
