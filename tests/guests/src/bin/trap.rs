//! Panics.

test_guests::node!(|_, _| {
    #[expect(clippy::panic, reason = "that is the misdeed")]
    {
        panic!("the guest has had enough")
    }
});
