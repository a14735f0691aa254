//! Computes for ever.

test_guests::node!(|_, _| {
    let mut n = 0_u64;
    loop {
        n = std::hint::black_box(n.wrapping_add(1));
    }
});
