//! The addresses that connections come from.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, Weak};

use super::budget::Budget;
use crate::client::network;

/// What one peer address uses.
#[derive(Debug)]
pub(crate) struct Peer {
    /// Its connections without those on reserve permits. Changed only under the
    /// lock of `AdmissionControl::open`.
    pub(super) connections: AtomicUsize,
    pub(super) bytes: Budget,
}

/// Every peer that uses something.
#[derive(Default)]
pub(super) struct Peers(HashMap<IpAddr, Weak<Peer>>);

impl Peers {
    /// The peer with this address.
    pub(super) fn of(&mut self, address: IpAddr, bytes: u64) -> Arc<Peer> {
        let address = network(address);
        if let Some(peer) = self.0.get(&address).and_then(Weak::upgrade) {
            return peer;
        }
        // Before the table grows, drop the peers that use nothing.
        if self.0.len() == self.0.capacity() {
            self.0.retain(|_, peer| peer.strong_count() > 0);
        }
        let peer = Arc::new(Peer {
            connections: AtomicUsize::new(0),
            bytes: Budget::new(bytes),
        });
        self.0.insert(address, Arc::downgrade(&peer));
        peer
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn peers_that_are_gone_take_no_room() {
        let mut peers = Peers::default();
        let kept = peers.of(IpAddr::from([192, 0, 2, 1]), 1);
        for number in 0..100_000_u32 {
            peers.of(IpAddr::from(number.to_be_bytes()), 1);
        }
        assert!(peers.0.capacity() < 100, "{}", peers.0.capacity());
        let again = peers.of(IpAddr::from([192, 0, 2, 1]), 1);
        assert!(Arc::ptr_eq(&kept, &again));
    }
}
