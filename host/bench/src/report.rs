//! What was measured.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;

use crate::latency::{Latencies, Summary};
use crate::process::Used;

/// What was measured of a node. `Serialize` writes the document of `hospes
/// bench --json`.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Report {
    /// The node's name.
    pub node: String,
    /// The component's digest.
    pub component: String,
    /// How many called at once.
    pub callers: u32,
    /// The node in the runtime: each execution in a fresh instance.
    pub hospes: Measured,
    /// The same component on bare wasmtime, a fresh instance for each call;
    /// `None` if it can't run there.
    pub wasmtime: Option<Measured>,
    /// Why it can't.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why_not_wasmtime: Option<String>,
    /// The runtime over bare wasmtime.
    pub ratio: Option<Ratio>,
}

/// How many times as much the runtime takes as bare wasmtime.
#[derive(Clone, Copy, Debug, Serialize)]
#[non_exhaustive]
pub struct Ratio {
    /// Of the medians of latency.
    pub p50: f64,
    /// Of the CPU time of one execution; `None` where the system does not tell.
    pub cpu: Option<f64>,
    /// Of the executions a second: under 1 if the runtime is slower.
    pub per_second: f64,
}

/// What was measured on one side.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Measured {
    /// How often each outcome came: `success`, or the kind of a failure or
    /// fault.
    pub outcomes: BTreeMap<&'static str, u64>,
    /// Executions that ended in a second.
    pub per_second: f64,
    /// How long they took.
    pub latency: Summary,
    /// Microseconds of CPU time for each, that of the callers and of the
    /// upstream included; `None` where the system does not tell.
    pub cpu_us: Option<f64>,
    /// Page faults for each; `None` where the system does not tell.
    pub page_faults: Option<f64>,
    /// Requests that each sent.
    pub requests: f64,
    /// The process's resident memory before the first call, and the most while
    /// they ran, in KiB; `None` where the system does not tell.
    pub resident_kib: Option<(u64, u64)>,
    #[serde(skip)]
    pub(crate) latencies: Latencies,
}

impl Measured {
    /// How many succeeded.
    pub fn succeeded(&self) -> u64 {
        self.outcomes.get("success").copied().unwrap_or(0)
    }

    /// All latencies.
    pub fn latencies(&self) -> &Latencies {
        &self.latencies
    }
}

/// The calls of one caller in one turn.
#[derive(Debug, Default)]
pub(crate) struct Calls {
    pub(crate) outcomes: BTreeMap<&'static str, u64>,
    pub(crate) latencies: Latencies,
    pub(crate) requests: u64,
}

/// What the turns of one side add up to.
#[derive(Debug, Default)]
pub(crate) struct Sum {
    calls: Calls,
    pub(crate) time: Duration,
    pub(crate) used: Option<Used>,
    pub(crate) resident_kib: Option<(u64, u64)>,
}

impl Sum {
    pub(crate) fn add(&mut self, calls: Calls) {
        let sum = &mut self.calls;
        for (kind, count) in calls.outcomes {
            *sum.outcomes.entry(kind).or_default() += count;
        }
        sum.latencies.append(calls.latencies);
        sum.requests += calls.requests;
    }

    pub(crate) fn measured(self) -> Measured {
        let Calls {
            outcomes,
            latencies,
            requests,
        } = self.calls;
        let count = outcomes.values().sum::<u64>() as f64;
        let each = |total: f64| if count > 0.0 { total / count } else { 0.0 };
        Measured {
            per_second: count / self.time.as_secs_f64().max(f64::MIN_POSITIVE),
            latency: latencies.clone().summary(),
            cpu_us: self.used.map(|used| each(used.cpu.as_secs_f64() * 1e6)),
            page_faults: self.used.map(|used| each(used.faults as f64)),
            requests: each(requests as f64),
            resident_kib: self.resident_kib,
            outcomes,
            latencies,
        }
    }
}

impl Ratio {
    /// `None` if one side has run nothing.
    pub(crate) fn of(ours: &Measured, bare: &Measured) -> Option<Ratio> {
        let over = |ours: f64, bare: f64| (ours > 0.0 && bare > 0.0).then(|| ours / bare);
        Some(Ratio {
            p50: over(ours.latency.p50_us as f64, bare.latency.p50_us as f64)?,
            cpu: ours.cpu_us.zip(bare.cpu_us).and_then(|(a, b)| over(a, b)),
            per_second: over(ours.per_second, bare.per_second)?,
        })
    }
}
