//! Sleeps for ever when it is asked about itself.

test_guests::raw!(Ok, describe: || {
    loop {
        std::thread::sleep(std::time::Duration::from_secs(3600));
    }
});

fn main() {}
