//! Latencies and what is said about them.

use std::time::Duration;

use serde::Serialize;

/// Latencies of one kind of thing, in microseconds.
#[derive(Clone, Debug, Default)]
pub struct Latencies(Vec<u64>);

impl Latencies {
    /// Adds one.
    pub fn push(&mut self, latency: Duration) {
        self.0
            .push(u64::try_from(latency.as_micros()).unwrap_or(u64::MAX));
    }

    /// Adds those of another.
    pub fn append(&mut self, mut other: Latencies) {
        self.0.append(&mut other.0);
    }

    /// All of them, in the order in which they were added.
    pub fn micros(&self) -> &[u64] {
        &self.0
    }

    /// What is said about them.
    pub fn summary(mut self) -> Summary {
        self.0.sort_unstable();
        let at = |share: f64| {
            let last = self.0.len().saturating_sub(1) as f64;
            self.0
                .get((last * share).round() as usize)
                .copied()
                .unwrap_or(0)
        };
        Summary {
            count: self.0.len(),
            p50_us: at(0.5),
            p90_us: at(0.9),
            p99_us: at(0.99),
            max_us: at(1.0),
        }
    }
}

/// Percentiles, in microseconds; 0 if there is nothing to tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// How many.
    pub count: usize,
    /// As long as half of them took, at most.
    pub p50_us: u64,
    /// Nine tenths.
    pub p90_us: u64,
    /// All but a hundredth.
    pub p99_us: u64,
    /// All.
    pub max_us: u64,
}
