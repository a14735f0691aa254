//! The bytes held for clients: counted before they are allocated, released when
//! they are freed.

use std::sync::atomic::{AtomicU64, Ordering};

/// A number of bytes, and how many of them are taken.
#[derive(Debug)]
pub(super) struct Budget {
    limit: u64,
    held: AtomicU64,
}

impl Budget {
    pub(super) fn new(limit: u64) -> Budget {
        Budget {
            limit,
            held: AtomicU64::new(0),
        }
    }

    pub(super) fn held(&self) -> u64 {
        self.held.load(Ordering::Relaxed)
    }

    /// Takes bytes for a client that already holds some. A client that is alone
    /// may exceed the limit: the limits of nodes bound a single request, this
    /// one limits all of them together.
    pub(super) fn take(&self, bytes: u64, already: u64) -> bool {
        let taken = self
            .held
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |held| {
                let after = held.saturating_add(bytes);
                (after <= self.limit || held <= already).then_some(after)
            });
        taken.is_ok()
    }

    /// Takes bytes, even beyond the limit.
    pub(super) fn charge(&self, bytes: u64) {
        self.held.fetch_add(bytes, Ordering::Relaxed);
    }

    pub(super) fn give(&self, bytes: u64) {
        self.held.fetch_sub(bytes, Ordering::Relaxed);
    }
}
