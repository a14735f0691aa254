//! Bytes that are held for clients: counted before they are there, given back
//! when they are gone.

use std::sync::atomic::{AtomicU64, Ordering};

/// So many bytes, and how many of them are held.
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

    /// Takes so many for somebody who holds some already. What is larger than
    /// the whole is there for one who is alone: the limits of nodes say how
    /// large one thing may be, this one how much all may be together.
    pub(super) fn take(&self, bytes: u64, already: u64) -> bool {
        let taken = self
            .held
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |held| {
                let after = held.saturating_add(bytes);
                (after <= self.limit || held <= already).then_some(after)
            });
        taken.is_ok()
    }

    /// Takes so many although they may not be there.
    pub(super) fn charge(&self, bytes: u64) {
        self.held.fetch_add(bytes, Ordering::Relaxed);
    }

    pub(super) fn give(&self, bytes: u64) {
        self.held.fetch_sub(bytes, Ordering::Relaxed);
    }
}
