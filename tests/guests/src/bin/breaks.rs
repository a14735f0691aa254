//! Breaks if the payload says so: `"trap"`, `"loop"`, `"fail"`; anything else
//! it answers with.

use hospes_guest::Failure;

test_guests::node!(|payload, _| match payload.as_str() {
    Some("trap") => std::process::abort(),
    Some("loop") => loop {
        std::hint::black_box(&payload);
    },
    Some("fail") => Err(Failure::rejected("as it was told")),
    _ => Ok(payload),
});
