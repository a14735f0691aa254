//! Allocates a gibibyte at once, and wants it zeroed.

test_guests::node!(|_, _| {
    let hoard = std::hint::black_box(vec![0_u8; 1 << 30]);
    Ok(hoard.len().into())
});
