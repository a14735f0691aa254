//! How slowly a client may send.

use std::time::Duration;

/// The time that any head or body may take.
pub(crate) const GRACE: Duration = Duration::from_secs(2);
/// After that, the bytes per second that it needs, counted from its start.
pub(crate) const RATE: u64 = 16 << 10;

/// How long after its start more than these bytes must have arrived.
pub(crate) fn due(received: u64) -> Duration {
    GRACE + Duration::from_millis(received.saturating_mul(1000) / RATE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_buys_time_and_nothing_buys_much() {
        for (received, seconds) in [(0, 2), (RATE - 1, 2), (RATE, 3), (64 * RATE, 66)] {
            assert_eq!(due(received).as_secs(), seconds);
        }
        assert!(due(u64::MAX) > due(1 << 40));
    }
}
