//! One connection, and its phase.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use hospes::limits::millis;
use tokio::sync::Notify;

use super::Shortage;
use super::pace::due;
use super::peers::Peer;

/// One connection.
pub(crate) struct Connection {
    pub(super) id: u64,
    pub(super) peer: Arc<Peer>,
    /// Why it has a reserve permit, if it has one.
    pub(super) reserved: Option<Shortage>,
    /// The start of its clock.
    start: Instant,
    /// The phase in the two low bits; above them, since when, in milliseconds.
    phase: AtomicU64,
    /// Bytes received of the current head.
    received: AtomicU64,
    /// Whether written bytes wait for the client to read them.
    pub(crate) blocked: AtomicBool,
    given_up: Notify,
}

/// What a connection is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// No byte of a request has arrived.
    Idle,
    /// A part of a request's head has arrived.
    Head,
    /// A request is being handled.
    Busy,
    /// The server has given it up.
    Closed,
}

impl Phase {
    fn of(packed: u64) -> Phase {
        match packed & 3 {
            0 => Phase::Idle,
            1 => Phase::Head,
            2 => Phase::Busy,
            _ => Phase::Closed,
        }
    }
}

impl Connection {
    pub(super) fn new(id: u64, peer: Arc<Peer>, reserved: Option<Shortage>) -> Connection {
        Connection {
            id,
            peer,
            reserved,
            start: Instant::now(),
            phase: AtomicU64::new(Phase::Idle as u64),
            received: AtomicU64::new(0),
            blocked: AtomicBool::new(false),
            given_up: Notify::new(),
        }
    }

    /// Counts bytes that have arrived.
    pub(crate) fn received(&self, bytes: u64) {
        match Phase::of(self.phase.load(Ordering::Relaxed)) {
            Phase::Idle => {
                self.received.store(bytes, Ordering::Relaxed);
                self.go_on(&[Phase::Idle], Phase::Head);
            }
            Phase::Head => {
                self.received.fetch_add(bytes, Ordering::Relaxed);
            }
            Phase::Busy | Phase::Closed => {}
        }
    }

    /// A complete head has arrived. False if the connection was given up first.
    pub(crate) fn begin(&self) -> bool {
        self.go_on(&[Phase::Idle, Phase::Head], Phase::Busy)
    }

    /// The response has been sent.
    pub(crate) fn answered(&self) {
        self.go_on(&[Phase::Busy], Phase::Idle);
    }

    /// Waits until the server gives it up.
    pub(crate) async fn given_up(&self) {
        self.given_up.notified().await;
    }

    /// Gives it up, unless it is busy.
    pub(super) fn give_up(&self) -> bool {
        let given_up = self.go_on(&[Phase::Idle, Phase::Head], Phase::Closed);
        if given_up {
            self.given_up.notify_one();
        }
        given_up
    }

    /// How long it has been idle. None if it is busy, or the client still has
    /// something to read.
    pub(super) fn idle(&self) -> Option<Duration> {
        let packed = self.phase.load(Ordering::Relaxed);
        let waits = matches!(Phase::of(packed), Phase::Idle | Phase::Head)
            && !self.blocked.load(Ordering::Relaxed);
        let since = Duration::from_millis(packed >> 2);
        waits.then(|| self.start.elapsed().saturating_sub(since))
    }

    /// Whether its head arrives too slowly.
    pub(super) fn is_overdue(&self) -> bool {
        let packed = self.phase.load(Ordering::Relaxed);
        let since = Duration::from_millis(packed >> 2);
        Phase::of(packed) == Phase::Head
            && self.start.elapsed().saturating_sub(since)
                > due(self.received.load(Ordering::Relaxed))
    }

    /// Changes the phase if it is one of `from`.
    fn go_on(&self, from: &[Phase], to: Phase) -> bool {
        let now = millis(self.start.elapsed());
        let changed = self
            .phase
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, |packed| {
                from.contains(&Phase::of(packed))
                    .then_some(now << 2 | to as u64)
            });
        changed.is_ok()
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::super::peers::Peers;
    use super::*;

    fn connection() -> Connection {
        let peer = Peers::default().of(IpAddr::from([192, 0, 2, 1]), 1);
        Connection::new(1, peer, None)
    }

    #[test]
    fn a_connection_that_is_busy_is_never_given_up() {
        let connection = connection();
        connection.received(10);
        assert!(connection.begin());
        assert!(!connection.give_up());
        assert_eq!(connection.idle(), None);
        connection.answered();
        assert!(connection.idle().is_some());
        assert!(connection.give_up());
    }

    #[test]
    fn a_request_on_a_connection_that_was_given_up_never_begins() {
        let connection = connection();
        connection.received(10);
        assert!(connection.give_up());
        assert!(!connection.begin());
        assert!(!connection.give_up());
        assert_eq!(connection.idle(), None);
    }

    #[test]
    fn what_a_client_has_not_taken_yet_is_not_idle() {
        let connection = connection();
        connection.blocked.store(true, Ordering::Relaxed);
        assert_eq!(connection.idle(), None);
    }
}
