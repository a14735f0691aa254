//! Takes all the memory it can get, and uses it.

test_guests::node!(|_, _| {
    let mut hoard = Vec::new();
    loop {
        hoard.push(std::hint::black_box(vec![1_u8; 1 << 20]));
    }
});
