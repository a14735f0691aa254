//! Sleeps for ever.

test_guests::node!(|_, _| {
    loop {
        std::thread::sleep(std::time::Duration::from_secs(3600));
    }
});
