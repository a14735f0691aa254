//! Panics when it is asked about itself.

test_guests::raw!(Ok, describe: || {
    #[expect(clippy::panic, reason = "that is the misdeed")]
    {
        panic!("who wants to know?")
    }
});

fn main() {}
