//! Answers with as many bytes as the payload says.

test_guests::node!(|payload, _| {
    let bytes = payload
        .as_u64()
        .and_then(|n| usize::try_from(n).ok())
        .unwrap_or_default();
    Ok("x".repeat(bytes).into())
});
