//! Bytes that are held for clients: counted before they are there, given back
//! when they are gone.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::Short;
use super::peers::Peer;
use super::places::Admission;

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
    fn take(&self, bytes: u64, already: u64) -> bool {
        let taken = self
            .held
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |held| {
                let after = held.saturating_add(bytes);
                (after <= self.limit || held <= already).then_some(after)
            });
        taken.is_ok()
    }

    /// Takes so many although they may not be there.
    fn charge(&self, bytes: u64) {
        self.held.fetch_add(bytes, Ordering::Relaxed);
    }

    fn give(&self, bytes: u64) {
        self.held.fetch_sub(bytes, Ordering::Relaxed);
    }
}

/// What one request and its answer hold; given back when dropped.
pub(crate) struct Share {
    admission: Arc<Admission>,
    peer: Arc<Peer>,
    bytes: u64,
}

impl Share {
    pub(super) fn new(admission: Arc<Admission>, peer: Arc<Peer>) -> Share {
        Share {
            admission,
            peer,
            bytes: 0,
        }
    }

    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Holds so many bytes from here on, if they are there.
    pub(crate) fn grow(&mut self, bytes: u64) -> Result<(), Short> {
        let more = bytes.saturating_sub(self.bytes);
        let short = if !self.peer.bytes.take(more, self.bytes) {
            Short::PeerBytes
        } else if !self.admission.bytes.take(more, self.bytes) {
            self.peer.bytes.give(more);
            Short::Bytes
        } else {
            self.bytes += more;
            return Ok(());
        };
        self.admission.turned_away(short);
        Err(short)
    }

    /// Holds exactly so many from here on: what is there already, and must not
    /// be thrown away for want of room. Further requests wait for it.
    pub(crate) fn set(&mut self, bytes: u64) {
        for budget in [&self.peer.bytes, &self.admission.bytes] {
            if bytes > self.bytes {
                budget.charge(bytes - self.bytes);
            } else {
                budget.give(self.bytes - bytes);
            }
        }
        self.bytes = bytes;
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.set(0);
    }
}
