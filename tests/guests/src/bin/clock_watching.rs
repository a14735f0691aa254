//! Reads the clock for ever.

test_guests::node!(|_, _| {
    let start = std::time::Instant::now();
    while start.elapsed() < std::time::Duration::MAX {}
    Ok(().into())
});
