//! Metrics for Prometheus. Every label has few values: nodes are those of the
//! solution, kinds and routes are words of this program, and only the newest few
//! generations of a node have their own series.

mod executions;

use std::fmt;
use std::time::Duration;

use hospes::Outcome;
use hospes::egress::{EgressEvent, Verdict};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::text::{encode_eof, encode_registry};
use prometheus_client::encoding::{DescriptorEncoder, EncodeLabelSet, EncodeMetric};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::{ConstGauge, Gauge};
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

use crate::documents::node::{DrainingDocument, NodeDocument, TrialDocument};
use executions::Executions;

/// Everything that is counted.
pub(crate) struct Metrics {
    registry: Registry,
    executions: Executions,
    seconds: Family<NodeLabels, Histogram>,
    dropped: Family<NodeLabels, Counter>,
    requests: Family<RequestLabels, Counter>,
    answers: Family<AnswerLabels, Counter>,
    answer_seconds: Family<RouteLabels, Histogram>,
    swaps: Family<SwapLabels, Counter>,
    solution_applied: Gauge,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct NodeLabels {
    node: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RevisionLabels {
    node: String,
    generation: u64,
    digest: String,
    version: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    node: String,
    verdict: &'static str,
    /// Why it was denied or failed; empty if it got a response.
    reason: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct AnswerLabels {
    route: String,
    status: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RouteLabels {
    route: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct SwapLabels {
    node: String,
    change: &'static str,
}

impl Metrics {
    /// Metrics that include those of these collectors.
    pub(crate) fn new(collectors: Vec<Box<dyn Collector>>) -> Metrics {
        let histogram = || Histogram::new(BOUNDS);
        let mut metrics = Metrics {
            registry: Registry::default(),
            executions: Executions::default(),
            seconds: Family::new_with_constructor(histogram),
            dropped: Family::default(),
            requests: Family::default(),
            answers: Family::default(),
            answer_seconds: Family::new_with_constructor(histogram),
            swaps: Family::default(),
            solution_applied: Gauge::default(),
        };
        let registry = &mut metrics.registry;
        registry.register_collector(Box::new(metrics.executions.clone()));
        let help = "Duration of executions";
        registry.register_with_unit(
            "hospes_execution",
            help,
            Unit::Seconds,
            metrics.seconds.clone(),
        );
        registry.register(
            "hospes_dropped",
            "Executions that their callers cancelled",
            metrics.dropped.clone(),
        );
        registry.register(
            "hospes_requests",
            "HTTP requests that nodes made",
            metrics.requests.clone(),
        );
        registry.register(
            "hospes_answers",
            "HTTP requests to the server",
            metrics.answers.clone(),
        );
        let help = "Duration of the server's responses";
        registry.register_with_unit(
            "hospes_answer",
            help,
            Unit::Seconds,
            metrics.answer_seconds.clone(),
        );
        registry.register(
            "hospes_swaps",
            "Changes of revisions: published, refused, held, superseded, aborted, quarantined, recovered, removed, freed",
            metrics.swaps.clone(),
        );
        registry.register(
            "hospes_solution_applied",
            "Whether the solution file is fully in force",
            metrics.solution_applied.clone(),
        );
        metrics.solution_applied.set(1);
        registry.register_collector(Box::new(Process));
        for collector in collectors {
            registry.register_collector(collector);
        }
        metrics
    }

    /// Whether the solution file is fully in force.
    pub(crate) fn solution_applied(&self, applied: bool) {
        self.solution_applied.set(i64::from(applied));
    }

    /// Counts an execution that ended.
    pub(crate) fn executed(&self, outcome: &Outcome, kind: &'static str) {
        let generation = outcome.revision.generation;
        self.executions.count(&outcome.node, generation, kind);
        let labels = NodeLabels {
            node: outcome.node.to_string(),
        };
        let seconds = Duration::from_micros(outcome.usage.wall_us).as_secs_f64();
        self.seconds.get_or_create(&labels).observe(seconds);
    }

    /// Counts an execution that its caller dropped.
    pub(crate) fn dropped(&self, node: &str) {
        let labels = NodeLabels {
            node: node.to_owned(),
        };
        self.dropped.get_or_create(&labels).inc();
    }

    /// Counts a node's request.
    pub(crate) fn egress(&self, event: &EgressEvent) {
        let (verdict, reason) = match &event.verdict {
            Verdict::Answered => ("answered", ""),
            Verdict::Failed(case) => ("failed", case.as_str()),
            Verdict::Denied(denial) => ("denied", denial.reason.as_str()),
            _ => ("other", ""),
        };
        let labels = RequestLabels {
            node: event.node.to_string(),
            verdict,
            reason,
        };
        self.requests.get_or_create(&labels).inc();
    }

    /// Counts a response. A request for an unknown path has no route.
    pub(crate) fn answered(&self, route: Option<&str>, status: u16, elapsed: Duration) {
        let route = route.unwrap_or("unknown").to_owned();
        let labels = RouteLabels {
            route: route.clone(),
        };
        self.answer_seconds
            .get_or_create(&labels)
            .observe(elapsed.as_secs_f64());
        self.answers
            .get_or_create(&AnswerLabels { route, status })
            .inc();
    }

    /// All metrics as OpenMetrics text, with the state of these nodes.
    pub(crate) fn text(&self, nodes: &[NodeDocument]) -> Result<String, fmt::Error> {
        let mut text = String::new();
        encode_registry(&mut text, &self.registry)?;
        encode_registry(&mut text, &gauges(nodes))?;
        encode_eof(&mut text)?;
        Ok(text)
    }

    /// Counts a change of a node's revisions.
    pub(crate) fn swapped(&self, node: &str, change: &'static str) {
        let labels = SwapLabels {
            node: node.to_owned(),
            change,
        };
        self.swaps.get_or_create(&labels).inc();
    }
}

/// The current state, made for each response, so that concurrent ones don't
/// interfere.
fn gauges(nodes: &[NodeDocument]) -> Registry {
    let mut registry = Registry::default();
    let serving = Family::<RevisionLabels, Gauge>::default();
    let mut family = |name: &str, help: &str| {
        let family = Family::<NodeLabels, Gauge>::default();
        registry.register(name, help, family.clone());
        family
    };
    let running = family("hospes_running", "Executions that run or wait");
    let waiting = family("hospes_waiting", "Executions that wait for a permit");
    let help = "Whether the node is quarantined because of faults";
    let quarantined = family("hospes_quarantined", help);
    let help = "The revision that serves, for each node";
    registry.register("hospes_serving", help, serving.clone());
    let gauge = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
    for node in nodes {
        let revision = RevisionLabels {
            node: node.name.clone(),
            generation: node.revision.generation,
            digest: node.revision.digest.clone(),
            version: node.revision.version.clone(),
        };
        serving.get_or_create(&revision).set(1);
        let labels = NodeLabels {
            node: node.name.clone(),
        };
        let draining: u64 = node.draining.iter().map(DrainingDocument::running).sum();
        let tried = node.trial.as_ref().map_or(0, TrialDocument::running);
        let all = gauge(node.running + tried + draining);
        running.get_or_create(&labels).set(all);
        waiting.get_or_create(&labels).set(gauge(node.waiting));
        let aside = i64::from(node.quarantined_ms.is_some());
        quarantined.get_or_create(&labels).set(aside);
    }
    registry
}

/// From 100 us to 30 s.
const BOUNDS: [f64; 12] = [
    0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.01, 0.05, 0.25, 1.0, 2.5, 10.0, 30.0,
];

/// What the process uses.
#[derive(Debug)]
struct Process;

impl Collector for Process {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let Some(bytes) = resident() else {
            return Ok(());
        };
        let gauge = ConstGauge::new(bytes);
        let help = "Resident memory of the process";
        let metric = encoder.encode_descriptor(
            "process_resident_memory_bytes",
            help,
            None,
            MetricType::Gauge,
        )?;
        gauge.encode(metric)
    }
}

/// Resident memory, if the system reports it.
fn resident() -> Option<i64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    Some(line.trim().strip_suffix(" kB")?.parse::<i64>().ok()? * 1024)
}
