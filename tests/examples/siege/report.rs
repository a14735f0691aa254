//! What came of it.

use std::io::{self, Write};

use hospes_tests::{Held, Summary};
use serde_json::json;

use crate::Seen;

/// The neighbour may be so much slower.
const SLOWER: f64 = 2.0;
/// Health has to be told in this time, in microseconds.
const HEALTH: u64 = 100_000;
/// Threads and descriptors that may be there beyond what was.
const SLACK: usize = 4;

pub(crate) struct Report {
    quiet: Summary,
    besieged: Summary,
    health: Summary,
    lost: Vec<String>,
    attacks: Vec<(&'static str, u64)>,
    memory_kib: u64,
    bound_kib: u64,
    warm: Held,
    last: Held,
}

/// Whether threads and descriptors are where they were.
pub(crate) fn is_back(warm: Held, last: Held) -> bool {
    last.threads <= warm.threads + SLACK && last.descriptors <= warm.descriptors + SLACK
}

impl Report {
    pub(crate) fn new(
        quiet: Seen,
        besieged: Seen,
        attacks: Vec<(&'static str, u64)>,
        warm: Held,
        last: Held,
        bound_kib: u64,
    ) -> Report {
        Report {
            quiet: quiet.executions.summary(),
            besieged: besieged.executions.summary(),
            health: besieged.health.summary(),
            lost: [quiet.lost, besieged.lost].concat(),
            attacks,
            memory_kib: besieged.memory_kib,
            bound_kib,
            warm,
            last,
        }
    }

    fn slower(&self) -> f64 {
        self.besieged.p99_us as f64 / self.quiet.p99_us.max(1) as f64
    }

    /// Each bar with what was found and what is wanted.
    fn bars(&self) -> [(&'static str, bool, String); 5] {
        let ms = |us: u64| us as f64 / 1000.0;
        let mib = |kib: u64| kib / 1024;
        [
            (
                "neighbour's p99",
                self.slower() <= SLOWER,
                format!(
                    "{:.1} ms over {:.1} ms: {:.1} times, at most {SLOWER}",
                    ms(self.besieged.p99_us),
                    ms(self.quiet.p99_us),
                    self.slower()
                ),
            ),
            (
                "health's p99",
                self.health.p99_us < HEALTH,
                format!(
                    "{:.1} ms, under {} ms",
                    ms(self.health.p99_us),
                    HEALTH / 1000
                ),
            ),
            (
                "memory",
                self.memory_kib <= self.bound_kib,
                format!(
                    "{} MiB, at most {} MiB",
                    mib(self.memory_kib),
                    mib(self.bound_kib)
                ),
            ),
            (
                "descriptors and threads",
                is_back(self.warm, self.last),
                format!(
                    "{} and {}, {} and {} before",
                    self.last.descriptors,
                    self.last.threads,
                    self.warm.descriptors,
                    self.warm.threads
                ),
            ),
            (
                "lost",
                self.lost.is_empty(),
                format!(
                    "{} of {}",
                    self.lost.len(),
                    self.quiet.count + self.besieged.count
                ),
            ),
        ]
    }

    pub(crate) fn is_good(&self) -> bool {
        self.bars().iter().all(|(_, good, _)| *good)
    }

    pub(crate) fn print(&self, as_json: bool) -> io::Result<()> {
        let mut out = io::stdout().lock();
        if as_json {
            let report = json!({
                "good": self.is_good(),
                "quiet": self.quiet,
                "besieged": self.besieged,
                "slower": self.slower(),
                "health": self.health,
                "memory_kib": self.memory_kib,
                "memory_bound_kib": self.bound_kib,
                "before": self.warm,
                "after": self.last,
                "attacks": self.attacks.iter().copied().collect::<std::collections::BTreeMap<_, _>>(),
                "lost": self.lost,
            });
            return writeln!(out, "{report:#}");
        }
        for (name, count) in &self.attacks {
            writeln!(out, "{count:>8} {name}")?;
        }
        for (name, good, what) in self.bars() {
            let mark = if good { "good" } else { "MISSED" };
            writeln!(out, "{mark:>8} {name}: {what}")?;
        }
        for lost in self.lost.iter().take(3) {
            writeln!(out, "         lost: {lost}")?;
        }
        Ok(())
    }
}
