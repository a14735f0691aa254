//! The verdict over a run, as a table or as JSON.

use std::io::{self, Write};

use serde::Serialize;

use crate::brazes::{Brazes, user_ids};
use crate::drive::Driven;
use crate::host::Ended;
use hospes_tests::Held;
use hospes_tests::Summary;

/// Memory that comes and goes with the allocator.
const SLACK_KIB: u64 = 16 << 10;

/// What a run showed.
#[derive(Serialize)]
pub(crate) struct Report {
    executions: usize,
    delivered: u64,
    /// Answered, but not with success.
    failed: u64,
    /// The first answers of that kind.
    failures: Vec<String>,
    /// Not answered, since the host was killed.
    unanswered: u64,
    /// Said to be delivered, and something of it is not there.
    lost: u64,
    /// Something of it arrived twice.
    doubled: u64,
    /// Something of it arrived at another revision's Braze.
    mixed: u64,
    generations: usize,
    kills: u64,
    seconds: f64,
    executions_per_second: f64,
    latency_quiet: Summary,
    latency_swapping: Summary,
    /// p99 while swapping over p99 without.
    p99_ratio: f64,
    swap: Summary,
    rollback: Summary,
    /// What the server held after the first turn, and at the end.
    held_warm: Option<Held>,
    held_last: Option<Held>,
    flat: Option<bool>,
}

impl Report {
    pub(crate) fn new(driven: Driven, brazes: &Brazes) -> Report {
        let arrivals = brazes.arrivals();
        let mut generations = std::collections::BTreeSet::new();
        let (mut delivered, mut failed, mut unanswered) = (0, 0, 0);
        let (mut lost, mut doubled, mut mixed) = (0, 0, 0);
        let mut failures = Vec::new();
        for (number, ended) in &driven.ended {
            let arrived = |id: String| arrivals.get(&id).copied().unwrap_or_default();
            let users: Vec<_> = user_ids(*number).map(arrived).collect();
            doubled += u64::from(users.iter().any(|user| user.total() > 1));
            match ended {
                Ended::Delivered { braze, generation } => {
                    delivered += 1;
                    generations.insert(*generation);
                    lost += u64::from(users.iter().any(|user| user.total() == 0));
                    mixed += u64::from(users.iter().any(|user| user.at(*braze) != user.total()));
                }
                Ended::Failed(why) => {
                    failed += 1;
                    if failures.len() < 5 {
                        failures.push(why.clone());
                    }
                }
                Ended::Lost => {
                    unanswered += 1;
                    let at = |b: bool| users.iter().any(|user| if b { user.b } else { user.a } > 0);
                    mixed += u64::from(at(true) && at(false));
                }
            }
        }
        let (quiet, swapping) = (driven.quiet.summary(), driven.swapped.summary());
        let (warm, last) = (driven.warm, driven.last);
        Report {
            executions: driven.ended.len(),
            delivered,
            failed,
            failures,
            unanswered,
            lost,
            doubled,
            mixed,
            generations: generations.len(),
            kills: driven.kills,
            seconds: driven.seconds,
            executions_per_second: driven.ended.len() as f64 / driven.seconds,
            latency_quiet: quiet,
            latency_swapping: swapping,
            p99_ratio: swapping.p99_us as f64 / quiet.p99_us.max(1) as f64,
            swap: driven.swaps.summary(),
            rollback: driven.rollbacks.summary(),
            held_warm: warm,
            held_last: last,
            flat: warm.zip(last).map(|(warm, last)| {
                last.memory_kib <= warm.memory_kib + SLACK_KIB
                    && last.threads <= warm.threads + 1
                    && last.descriptors <= warm.descriptors + 4
            }),
        }
    }

    /// Whether every promise held.
    pub(crate) fn is_good(&self) -> bool {
        let broken = self.failed + self.lost + self.doubled + self.mixed;
        // A host that was killed starts anew: what it holds says nothing.
        broken == 0
            && (self.flat != Some(false) || self.kills > 0)
            && (self.unanswered == 0 || self.kills > 0)
    }

    pub(crate) fn print(&self, json: bool) -> io::Result<()> {
        let mut out = io::stdout().lock();
        if json {
            return writeln!(out, "{}", serde_json::to_string_pretty(self)?);
        }
        writeln!(
            out,
            "executions {} in {:.1} s ({:.0}/s), delivered {}, on {} generations",
            self.executions,
            self.seconds,
            self.executions_per_second,
            self.delivered,
            self.generations
        )?;
        writeln!(
            out,
            "failed {}, lost {}, doubled {}, mixed {}, unanswered {} ({} kills)",
            self.failed, self.lost, self.doubled, self.mixed, self.unanswered, self.kills
        )?;
        for failure in &self.failures {
            writeln!(out, "  {failure}")?;
        }
        writeln!(
            out,
            "\nmicroseconds     count      p50      p90      p99      max"
        )?;
        for (name, summary) in [
            ("quiet", self.latency_quiet),
            ("swapping", self.latency_swapping),
            ("swap", self.swap),
            ("rollback", self.rollback),
        ] {
            let Summary {
                count,
                p50_us,
                p90_us,
                p99_us,
                max_us,
            } = summary;
            writeln!(
                out,
                "{name:12} {count:9} {p50_us:8} {p90_us:8} {p99_us:8} {max_us:8}"
            )?;
        }
        writeln!(
            out,
            "p99 while swapping over p99 without: {:.2}\n",
            self.p99_ratio
        )?;
        for (when, held) in [("warm", self.held_warm), ("end", self.held_last)] {
            let Some(held) = held else { continue };
            writeln!(
                out,
                "{when:5} {} KiB, {} threads, {} descriptors",
                held.memory_kib, held.threads, held.descriptors
            )?;
        }
        match self.flat {
            Some(true) => writeln!(out, "memory, threads and descriptors: flat"),
            Some(false) => writeln!(out, "memory, threads and descriptors: NOT FLAT"),
            None => Ok(()),
        }
    }
}
