//! Calls itself for ever.

#[expect(unconditional_recursion, reason = "that is the misdeed")]
fn dive(n: u64) -> u64 {
    std::hint::black_box(dive(n + 1)) + n
}

test_guests::node!(|_, _| Ok(dive(0).into()));
