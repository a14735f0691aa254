//! Panics, and panics once more while the first panic cleans up.

struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        #[expect(clippy::panic, reason = "that is the misdeed")]
        {
            panic!("once more")
        }
    }
}

test_guests::node!(|_, _| {
    let _bomb = Bomb;
    #[expect(clippy::panic, reason = "that is the misdeed")]
    {
        panic!("once")
    }
});
