//! When a node that keeps breaking is taken out of service: plain data.

use std::fmt;
use std::time::Duration;

/// How many faults a node may have before the host acts. A node's failures
/// never count, nor do executions that were overloaded, cancelled, or given
/// less time by their caller than the node has.
///
/// A burst is [`faults`](Protection::faults) faults within the window that are
/// at least [`percent`](Protection::percent) of the executions meanwhile.
/// During the probation after a swap, a burst rolls the node back. Any other
/// burst quarantines the node: every execution gets `overloaded` at once, with
/// the time to wait. After a rest one execution is let through, and the node
/// serves again if it returns a result or a failure. If it breaks, the next
/// rest is twice as long, up to sixteen times the first. Callers take turns: a
/// caller whose execution has not shown that the node works has to wait for one
/// rest while others ask.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Protection {
    /// How many faults within the window are a burst, from 1 to 1000. Defaults
    /// to 8.
    pub faults: u32,
    /// The lowest share of executions that break, in percent, from 1 to 100.
    /// Defaults to 50.
    pub percent: u32,
    /// The window, at least a millisecond. Defaults to 30 s.
    pub window: Duration,
    /// The time after a swap in which a burst causes a rollback. Defaults to 10
    /// min.
    pub probation: Duration,
    /// The first rest of a quarantined node, at least a millisecond.
    /// Defaults to 10 s.
    pub rest: Duration,
}

impl Default for Protection {
    fn default() -> Protection {
        Protection {
            faults: 8,
            percent: 50,
            window: Duration::from_secs(30),
            probation: Duration::from_secs(600),
            rest: Duration::from_secs(10),
        }
    }
}

impl Protection {
    /// Sets [`Protection::faults`](#structfield.faults).
    pub fn faults(mut self, faults: u32) -> Protection {
        self.faults = faults;
        self
    }

    /// Sets [`Protection::percent`](#structfield.percent).
    pub fn percent(mut self, percent: u32) -> Protection {
        self.percent = percent;
        self
    }

    /// Sets [`Protection::window`](#structfield.window).
    pub fn window(mut self, window: Duration) -> Protection {
        self.window = window;
        self
    }

    /// Sets [`Protection::probation`](#structfield.probation).
    pub fn probation(mut self, probation: Duration) -> Protection {
        self.probation = probation;
        self
    }

    /// Sets [`Protection::rest`](#structfield.rest).
    pub fn rest(mut self, rest: Duration) -> Protection {
        self.rest = rest;
        self
    }

    /// Checks that every value is in its range. Loading a node calls it.
    ///
    /// # Errors
    ///
    /// The first value that is not.
    pub fn check(&self) -> Result<(), ProtectionError> {
        let millisecond = Duration::from_millis(1);
        for (fine, what) in [
            (
                (1..=1000).contains(&self.faults),
                "`faults` is not between 1 and 1000",
            ),
            (
                (1..=100).contains(&self.percent),
                "`percent` is not between 1 and 100",
            ),
            (self.window >= millisecond, "`window` is less than 1ms"),
            (self.rest >= millisecond, "`rest` is less than 1ms"),
        ] {
            if !fine {
                return Err(ProtectionError(what));
            }
        }
        Ok(())
    }
}

/// Why a protection was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProtectionError(&'static str);

impl fmt::Display for ProtectionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "protection: {}", self.0)
    }
}

impl std::error::Error for ProtectionError {}
