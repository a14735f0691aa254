//! Permits for connections.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::budget::Budget;
use super::connection::Connection;
use super::peers::{Peer, Peers};
use super::{AdmissionLimits, Shortage};

/// A connection that has been idle for this long may be closed to make room for
/// another.
const IDLE: Duration = Duration::from_secs(1);
/// The shortest time between two warnings.
const WARN: Duration = Duration::from_secs(60);

/// What all clients together use.
pub(crate) struct AdmissionControl {
    limits: AdmissionLimits,
    pub(super) bytes: Budget,
    open: Mutex<OpenConnections>,
    turned_away: [AtomicU64; Shortage::ALL.len()],
    warned: Mutex<Option<Instant>>,
}

/// The open connections.
#[derive(Default)]
struct OpenConnections {
    connections: HashMap<u64, Arc<Connection>>,
    /// How many of them have a reserve permit.
    reserved: usize,
    next: u64,
    peers: Peers,
}

impl AdmissionControl {
    pub(crate) fn new(limits: AdmissionLimits) -> Arc<AdmissionControl> {
        Arc::new(AdmissionControl {
            limits,
            bytes: Budget::new(limits.bytes),
            open: Mutex::default(),
            turned_away: Default::default(),
            warned: Mutex::default(),
        })
    }

    /// A permit for a connection from this address. Beyond the limits it is a
    /// reserve permit; if those are used up, none.
    pub(crate) fn admit(self: &Arc<AdmissionControl>, address: IpAddr) -> Option<ConnectionPermit> {
        let mut open = self.open();
        let peer = open.peers.of(address, self.limits.bytes_of_a_peer);
        let short = if peer.connections.load(Ordering::Relaxed) >= self.limits.connections_of_a_peer
            && !open.make_room(IDLE, |other| {
                other.reserved.is_none() && Arc::ptr_eq(&other.peer, &peer)
            }) {
            Some(Shortage::PeerConnections)
        } else if open.ordinary() >= self.limits.connections
            && !open.make_room(IDLE, |other| other.reserved.is_none())
        {
            Some(Shortage::Connections)
        } else {
            None
        };
        let room = short.is_none()
            || open.reserved < self.limits.reserve
            || open.make_room(Duration::ZERO, |other| other.reserved.is_some());
        let permit = room.then(|| {
            let id = open.next;
            open.next += 1;
            match short {
                Some(_) => open.reserved += 1,
                None => _ = peer.connections.fetch_add(1, Ordering::Relaxed),
            }
            let connection = Arc::new(Connection::new(id, peer, short));
            open.connections.insert(id, Arc::clone(&connection));
            ConnectionPermit {
                admission: Arc::clone(self),
                connection,
            }
        });
        drop(open);
        if let Some(short) = short {
            self.turned_away(short);
        }
        permit
    }

    /// Gives up connections whose heads arrive too slowly.
    pub(crate) fn sweep(&self) {
        let mut open = self.open();
        let overdue = open.connections.values();
        let overdue: Vec<u64> = overdue
            .filter(|connection| connection.is_overdue() && connection.give_up())
            .map(|connection| connection.id)
            .collect();
        for id in overdue {
            open.remove(id);
        }
    }

    /// Closes the connection that has been idle longest, if any is idle.
    pub(crate) fn make_room(&self) -> bool {
        self.open().make_room(Duration::ZERO, |_| true)
    }

    /// How many connections are open, including those on reserve permits.
    pub(super) fn connections(&self) -> usize {
        self.open().connections.len()
    }

    /// How often clients could not get this.
    pub(super) fn count(&self, short: Shortage) -> u64 {
        self.counter(short)
            .map_or(0, |count| count.load(Ordering::Relaxed))
    }

    /// Counts a client that was turned away, and warns once a minute.
    pub(super) fn turned_away(&self, short: Shortage) {
        if let Some(count) = self.counter(short) {
            count.fetch_add(1, Ordering::Relaxed);
        }
        self.warn(|| {
            tracing::warn!(
                target: "hospes::serve",
                short = short.word(),
                connections = self.connections(),
                bytes = self.bytes.held(),
                "clients are turned away"
            );
        });
    }

    /// Calls `say`, unless it did in the last minute.
    pub(crate) fn warn(&self, say: impl FnOnce()) {
        let mut warned = self.warned.lock().unwrap_or_else(PoisonError::into_inner);
        if warned.is_some_and(|warned| warned.elapsed() < WARN) {
            return;
        }
        *warned = Some(Instant::now());
        drop(warned);
        say();
    }

    fn counter(&self, short: Shortage) -> Option<&AtomicU64> {
        let permit = Shortage::ALL.iter().position(|other| *other == short)?;
        self.turned_away.get(permit)
    }

    fn open(&self) -> MutexGuard<'_, OpenConnections> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl OpenConnections {
    fn ordinary(&self) -> usize {
        self.connections.len() - self.reserved
    }

    /// Gives up the connection that has been idle longest, of those that may
    /// go.
    fn make_room(&mut self, least: Duration, may_go: impl Fn(&Connection) -> bool) -> bool {
        let idle = |connection: &Arc<Connection>| {
            let idle = may_go(connection).then(|| connection.idle()).flatten();
            Some((idle.filter(|idle| *idle >= least)?, connection.id))
        };
        // It may have become busy since it was found; then try the next.
        for _ in 0..8 {
            let Some((_, id)) = self.connections.values().filter_map(idle).max() else {
                return false;
            };
            let given_up = self.connections.get(&id).is_some_and(|it| it.give_up());
            if given_up {
                self.remove(id);
                return true;
            }
        }
        false
    }

    fn remove(&mut self, id: u64) {
        let Some(connection) = self.connections.remove(&id) else {
            return;
        };
        match connection.reserved {
            Some(_) => self.reserved -= 1,
            None => _ = connection.peer.connections.fetch_sub(1, Ordering::Relaxed),
        }
    }
}

/// A connection's permit, released when dropped.
pub(crate) struct ConnectionPermit {
    admission: Arc<AdmissionControl>,
    pub(crate) connection: Arc<Connection>,
}

impl ConnectionPermit {
    /// The bytes of a request on this connection: none yet.
    pub(crate) fn reservation(&self) -> ByteReservation {
        ByteReservation::new(
            Arc::clone(&self.admission),
            Arc::clone(&self.connection.peer),
        )
    }
}

impl Drop for ConnectionPermit {
    fn drop(&mut self) {
        self.admission.open().remove(self.connection.id);
    }
}

/// The bytes that one request and its response hold; released when dropped.
pub(crate) struct ByteReservation {
    admission: Arc<AdmissionControl>,
    peer: Arc<Peer>,
    bytes: u64,
}

impl ByteReservation {
    fn new(admission: Arc<AdmissionControl>, peer: Arc<Peer>) -> ByteReservation {
        ByteReservation {
            admission,
            peer,
            bytes: 0,
        }
    }

    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Grows to this many bytes, if they are available.
    pub(crate) fn grow(&mut self, bytes: u64) -> Result<(), Shortage> {
        let more = bytes.saturating_sub(self.bytes);
        let short = if !self.peer.bytes.take(more, self.bytes) {
            Shortage::PeerBytes
        } else if !self.admission.bytes.take(more, self.bytes) {
            self.peer.bytes.give(more);
            Shortage::Bytes
        } else {
            self.bytes += more;
            return Ok(());
        };
        self.admission.turned_away(short);
        Err(short)
    }

    /// Sets the exact number, even beyond the limit: for a response that is
    /// already in memory. New requests wait until it is gone.
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

impl Drop for ByteReservation {
    fn drop(&mut self) {
        self.set(0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(last: u8) -> IpAddr {
        IpAddr::from([192, 0, 2, last])
    }

    fn admission(connections: usize, bytes: u64) -> Arc<AdmissionControl> {
        AdmissionControl::new(AdmissionLimits::new(connections, bytes))
    }

    /// A permit whose connection is busy.
    fn busy(admission: &Arc<AdmissionControl>, last: u8) -> Option<ConnectionPermit> {
        let permit = admission.admit(address(last))?;
        assert!(permit.connection.begin());
        Some(permit)
    }

    fn reserved(permit: &ConnectionPermit) -> Option<Shortage> {
        permit.connection.reserved
    }

    #[test]
    fn one_peer_gets_half_and_the_others_the_rest() {
        let admission = admission(4, 1);
        let one = [busy(&admission, 1).unwrap(), busy(&admission, 1).unwrap()];
        assert_eq!(one.each_ref().map(reserved), [None, None]);
        // The third is one too many for this peer; there is one reserve permit.
        let third = busy(&admission, 1).unwrap();
        assert_eq!(reserved(&third), Some(Shortage::PeerConnections));
        assert!(admission.admit(address(1)).is_none());
        let others = [busy(&admission, 2).unwrap(), busy(&admission, 3).unwrap()];
        assert_eq!(others.each_ref().map(reserved), [None, None]);
        drop(third);
        let fifth = busy(&admission, 4).unwrap();
        assert_eq!(reserved(&fifth), Some(Shortage::Connections));
        drop((one, others, fifth));
        assert_eq!(admission.connections(), 0);
        assert_eq!(reserved(&busy(&admission, 1).unwrap()), None);
        assert_eq!(admission.count(Shortage::PeerConnections), 2);
        assert_eq!(admission.count(Shortage::Connections), 1);
    }

    #[test]
    fn a_place_in_reserve_goes_to_whoever_came_last() {
        let admission = admission(2, 1);
        let _one = busy(&admission, 1).unwrap();
        let idle = admission.admit(address(1)).unwrap();
        assert!(reserved(&idle).is_some());
        let next = admission.admit(address(1)).unwrap();
        assert!(reserved(&next).is_some());
        assert!(!idle.connection.begin());
        assert!(next.connection.begin());
        // A connection that was given up no longer counts, and is not
        // subtracted twice.
        drop(idle);
        assert_eq!(admission.connections(), 2);
    }

    #[test]
    fn one_peer_gets_half_of_the_bytes() {
        let admission = admission(9, 100);
        let (one, two) = (busy(&admission, 1).unwrap(), busy(&admission, 2).unwrap());
        let (mut ours, mut more, mut others) =
            (one.reservation(), one.reservation(), two.reservation());
        assert_eq!(ours.grow(30), Ok(()));
        assert_eq!(more.grow(21), Err(Shortage::PeerBytes));
        assert_eq!(more.grow(20), Ok(()));
        assert_eq!(others.grow(50), Ok(()));
        // A finished response is held beyond the limit, and the next request
        // waits for it.
        others.set(80);
        assert_eq!(admission.bytes.held(), 130);
        let third = busy(&admission, 3).unwrap();
        assert_eq!(third.reservation().grow(1), Err(Shortage::Bytes));
        drop((ours, more, others));
        assert_eq!(admission.bytes.held(), 0);
        // A client that is alone may exceed the limit.
        let mut large = third.reservation();
        assert_eq!(large.grow(1000), Ok(()));
        assert_eq!(large.grow(2000), Ok(()));
        assert_eq!(one.reservation().grow(1), Err(Shortage::Bytes));
    }
}
