//! Computes for ever when it is asked about itself.

test_guests::raw!(Ok, describe: || {
    let mut n = 0_u64;
    loop {
        n = std::hint::black_box(n.wrapping_add(1));
    }
});

fn main() {}
