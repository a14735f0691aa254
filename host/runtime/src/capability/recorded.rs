//! Clocks and random numbers whose reads are recorded.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use rand_core::TryRng;
use wasmtime_wasi::{HostMonotonicClock, HostWallClock};

use crate::recording::{Clock, RandomSource, Recorder};

/// A clock that records what is read from it.
pub(super) struct RecordedClock<C> {
    pub(super) clock: C,
    pub(super) recorder: Arc<Recorder>,
}

impl<C: HostWallClock> HostWallClock for RecordedClock<C> {
    fn resolution(&self) -> Duration {
        self.clock.resolution()
    }

    fn now(&self) -> Duration {
        let now = self.clock.now();
        let ns = u64::try_from(now.as_nanos()).unwrap_or(u64::MAX);
        self.recorder.clock(Clock::Wall, ns);
        now
    }
}

impl<C: HostMonotonicClock> HostMonotonicClock for RecordedClock<C> {
    fn resolution(&self) -> u64 {
        self.clock.resolution()
    }

    fn now(&self) -> u64 {
        let now = self.clock.now();
        self.recorder.clock(Clock::Monotonic, now);
        now
    }
}

/// Random numbers from the recorder.
pub(super) struct RecordedRandom {
    pub(super) source: RandomSource,
    pub(super) recorder: Arc<Recorder>,
}

impl RecordedRandom {
    fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.recorder.random(self.source, &mut bytes);
        bytes
    }
}

impl TryRng for RecordedRandom {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(u32::from_le_bytes(self.bytes()))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(u64::from_le_bytes(self.bytes()))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        self.recorder.random(self.source, bytes);
        Ok(())
    }
}
