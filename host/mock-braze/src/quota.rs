//! The rate window: counts requests, and says what the rate-limit headers should say.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// A fixed window of `limit` requests in `per`.
///
/// The honest server only refuses when the test asked for a limit. The headers speak of a window in any
/// case, as those of Braze do.
pub(crate) struct Window {
    limit: u32,
    per: Duration,
    enforced: bool,
    opened: Instant,
    used: u32,
}

/// What the window says about one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Quota {
    pub(crate) allowed: bool,
    pub(crate) limit: u32,
    pub(crate) remaining: u32,
    /// Whole seconds until the window ends, never 0: a client told "0" would be back at once.
    pub(crate) reset_in: u64,
    /// The same moment in seconds of the Unix epoch.
    pub(crate) reset_at: u64,
}

impl Window {
    /// The documented burst of data-point contracts, 3,000 in three seconds, for show only.
    pub(crate) fn shown(now: Instant) -> Self {
        Self {
            limit: 3_000,
            per: Duration::from_secs(3),
            enforced: false,
            opened: now,
            used: 0,
        }
    }

    pub(crate) fn enforced(limit: u32, per: Duration, now: Instant) -> Self {
        Self {
            limit,
            per,
            enforced: true,
            opened: now,
            used: 0,
        }
    }

    /// Counts one request.
    pub(crate) fn take(&mut self, now: Instant, clock: SystemTime) -> Quota {
        self.roll(now);
        let allowed = !self.enforced || self.used < self.limit;
        if allowed {
            self.used = self.used.saturating_add(1);
        }
        Quota {
            allowed,
            ..self.quota(now, clock)
        }
    }

    /// Reads the window without counting: a request that was not let in uses up nothing.
    pub(crate) fn peek(&mut self, now: Instant, clock: SystemTime) -> Quota {
        self.roll(now);
        self.quota(now, clock)
    }

    fn roll(&mut self, now: Instant) {
        if now.saturating_duration_since(self.opened) >= self.per {
            self.opened = now;
            self.used = 0;
        }
    }

    fn quota(&self, now: Instant, clock: SystemTime) -> Quota {
        let left = self
            .per
            .saturating_sub(now.saturating_duration_since(self.opened));
        let reset_in = whole_seconds(left).max(1);
        let clock = clock.duration_since(UNIX_EPOCH).unwrap_or_default();
        Quota {
            allowed: true,
            limit: self.limit,
            remaining: self.limit.saturating_sub(self.used),
            reset_in,
            reset_at: clock.as_secs().saturating_add(reset_in),
        }
    }
}

/// Rounded up: a client that waits this long must find the window open.
fn whole_seconds(time: Duration) -> u64 {
    time.as_secs() + u64::from(time.subsec_nanos() > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLOCK: SystemTime = UNIX_EPOCH;

    #[test]
    fn a_full_window_refuses_and_the_next_one_allows() {
        let start = Instant::now();
        let mut window = Window::enforced(2, Duration::from_secs(10), start);
        assert_eq!(window.take(start, CLOCK).remaining, 1);
        assert_eq!(window.take(start, CLOCK).remaining, 0);
        let full = window.take(start + Duration::from_millis(8_500), CLOCK);
        assert_eq!(
            full,
            Quota {
                allowed: false,
                limit: 2,
                remaining: 0,
                reset_in: 2,
                reset_at: 2
            }
        );
        assert!(window.take(start + Duration::from_secs(10), CLOCK).allowed);
    }

    #[test]
    fn a_window_for_show_never_refuses() {
        let start = Instant::now();
        let mut window = Window::shown(start);
        for _ in 0..3_000 {
            assert!(window.take(start, CLOCK).allowed);
        }
        let quota = window.take(start, CLOCK);
        assert!(quota.allowed);
        assert_eq!(quota.remaining, 0);
    }

    #[test]
    fn reading_the_window_uses_up_nothing() {
        let start = Instant::now();
        let mut window = Window::enforced(1, Duration::from_secs(1), start);
        assert_eq!(window.peek(start, CLOCK).remaining, 1);
        assert!(window.take(start, CLOCK).allowed);
    }
}
