//! Aborts.

test_guests::node!(|_, _| std::process::abort());
