//! Counts its calls in memory, which no call must see of another.

use std::sync::atomic::{AtomicU64, Ordering};

static CALLS: AtomicU64 = AtomicU64::new(0);

test_guests::node!(|_, _| Ok((CALLS.fetch_add(1, Ordering::Relaxed) + 1).into()));
