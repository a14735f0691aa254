//! Rate limits for one caller, or for one address without a token: requests per
//! second, and requests at once.

use std::hash::{BuildHasher, RandomState};
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use crate::client::network;

/// Addresses share a table of this many entries, so that no number of them
/// takes more memory. Two with the same entry share one limit.
const PEERS: usize = 1 << 14;
const SECOND: u64 = 1_000_000_000;

/// A rate limit. What is `None` is unlimited.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct RateLimit {
    /// Requests per second, and the size of a burst.
    pub(super) rate: Option<u32>,
    /// Requests at once.
    pub(super) concurrency: Option<u32>,
}

/// The current requests of one caller or address.
#[derive(Default)]
pub(super) struct Load {
    /// When the next request would be due at an even rate, in nanoseconds.
    due: AtomicU64,
    running: AtomicU32,
}

/// A request that counts; it no longer does when this is dropped.
pub(crate) struct RunningRequest {
    loads: Arc<[Load]>,
    at: usize,
}

impl Drop for RunningRequest {
    fn drop(&mut self) {
        if let Some(load) = self.loads.get(self.at) {
            load.running.fetch_sub(1, Relaxed);
        }
    }
}

/// How long to wait before a refused request is tried again.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Wait(pub(super) Duration);

/// The table of addresses.
pub(super) struct Peers {
    loads: Arc<[Load]>,
    hash: RandomState,
}

impl Peers {
    pub(super) fn new() -> Peers {
        Peers {
            loads: (0..PEERS).map(|_| Load::default()).collect(),
            hash: RandomState::new(),
        }
    }

    /// Begins a request of this address.
    pub(super) fn begin(
        &self,
        peer: IpAddr,
        limit: RateLimit,
        now: u64,
    ) -> Result<RunningRequest, Wait> {
        let at = self.hash.hash_one(network(peer)) as usize % PEERS;
        begin(&self.loads, at, limit, now)
    }
}

/// Begins a request for one entry of a table.
pub(super) fn begin(
    loads: &Arc<[Load]>,
    at: usize,
    limit: RateLimit,
    now: u64,
) -> Result<RunningRequest, Wait> {
    let Some(load) = loads.get(at) else {
        return Err(Wait(Duration::ZERO));
    };
    let running = load.running.fetch_add(1, Relaxed);
    // From here on, a refused request is no longer counted: `request` is dropped.
    let request = RunningRequest {
        loads: Arc::clone(loads),
        at,
    };
    if limit.concurrency.is_some_and(|most| running >= most) {
        return Err(Wait(Duration::ZERO));
    }
    match limit.rate {
        Some(rate) => load.take(rate, now).map(|()| request),
        None => Ok(request),
    }
}

impl Load {
    /// Takes one request from a bucket that fills at this rate.
    fn take(&self, rate: u32, now: u64) -> Result<(), Wait> {
        let step = SECOND / u64::from(rate.max(1));
        let full = now.saturating_add(SECOND.max(step));
        let next = |due: u64| Some(due.max(now).saturating_add(step)).filter(|due| *due <= full);
        match self.due.fetch_update(Relaxed, Relaxed, next) {
            Ok(_) => Ok(()),
            Err(due) => {
                let wait = due.saturating_add(step).saturating_sub(full);
                Err(Wait(Duration::from_nanos(wait)))
            }
        }
    }
}

/// Nanoseconds since `start`.
pub(super) fn nanos_since(start: Instant) -> u64 {
    u64::try_from(start.elapsed().as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one() -> Arc<[Load]> {
        Arc::new([Load::default()])
    }

    #[test]
    fn a_seconds_worth_may_come_at_once_and_then_one_after_the_other() {
        let (loads, rate) = (one(), Some(4));
        let limit = RateLimit {
            rate,
            ..RateLimit::default()
        };
        let at = |millis: u64| begin(&loads, 0, limit, millis * 1_000_000).map(|_| ());
        for _ in 0..4 {
            assert_eq!(at(5000), Ok(()));
        }
        assert_eq!(at(5000), Err(Wait(Duration::from_millis(250))));
        assert_eq!(at(5100), Err(Wait(Duration::from_millis(150))));
        assert_eq!(at(5250), Ok(()));
        assert_eq!(at(5250), Err(Wait(Duration::from_millis(250))));
        // However long the wait, a burst is no more than one second's requests.
        for _ in 0..4 {
            assert_eq!(at(60_000), Ok(()));
        }
        assert_eq!(at(60_000), Err(Wait(Duration::from_millis(250))));
    }

    #[test]
    fn what_is_over_makes_room_and_what_was_refused_takes_none() {
        let loads = one();
        let limit = RateLimit {
            rate: None,
            concurrency: Some(2),
        };
        let begin = || begin(&loads, 0, limit, 0);
        let (first, second) = (begin(), begin());
        assert!(first.is_ok() && second.is_ok());
        for _ in 0..3 {
            assert!(begin().is_err());
        }
        drop(first);
        let third = begin();
        assert!(third.is_ok() && begin().is_err());
    }

    #[test]
    fn addresses_of_one_network_of_ipv6_are_one_peer_and_others_are_not() {
        let peers = Peers::new();
        let limit = RateLimit {
            rate: None,
            concurrency: Some(1),
        };
        let begin = |peer: &str| peers.begin(peer.parse().unwrap(), limit, 0);
        let held = (begin("2001:db8::1"), begin("192.0.2.1"));
        assert!(held.0.is_ok() && held.1.is_ok());
        assert!(begin("2001:db8::ffff:1").is_err());
        assert!(begin("::ffff:192.0.2.1").is_err());
        // Some of these have an entry that is in use, not all.
        let free = (0..32).filter(|i| begin(&format!("198.51.100.{i}")).is_ok());
        assert!(free.count() > 24);
    }
}
