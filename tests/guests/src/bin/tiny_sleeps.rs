//! Sleeps for ever, a nanosecond at a time.

test_guests::node!(|_, _| {
    loop {
        std::thread::sleep(std::time::Duration::from_nanos(1));
    }
});
