//! The paths through a flow: every step is reachable, every step can reach an
//! end, and every loop waits for the person.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::key;
use crate::document::Report;
use crate::flow::{Flow, Step, StepKind};

pub(super) fn check(flow: &Flow, report: &mut Report<'_>) {
    let reached: BTreeSet<&str> = flow.steps().into_iter().map(Step::name).collect();
    for name in flow.steps.keys() {
        if !reached.contains(name.as_str()) {
            let message = format!("unreachable: no path leads here from `{}`", flow.start);
            report.key(&key(name), message);
        }
    }
    let leaving = leaving(flow);
    let stuck: BTreeSet<&str> = reached.difference(&leaving).copied().collect();
    for cycle in cycles(flow, &stuck) {
        let message = format!("no end can be reached from here: {cycle} loops for ever");
        report.key(&key(&cycle.first()), message);
    }
    let silent = |name: &&str| {
        let step = flow.step(name);
        leaving.contains(name) && step.is_some_and(|step| step.kind() != StepKind::Collect)
    };
    let silent: BTreeSet<&str> = reached.iter().copied().filter(silent).collect();
    for cycle in cycles(flow, &silent) {
        let message = format!(
            "{cycle} loops without asking for anything, so nothing is sure to end it: put a `collect` step into \
             the loop, or let the node retry (`retry` in the solution file)"
        );
        report.key(&key(&cycle.first()), message);
    }
}

/// The steps from which an end can be reached.
fn leaving(flow: &Flow) -> BTreeSet<&str> {
    let mut leaving: BTreeSet<&str> = BTreeSet::new();
    loop {
        let before = leaving.len();
        for step in flow.steps.values() {
            let leaves = step.kind() == StepKind::End
                || step.edges().iter().any(|edge| leaving.contains(edge.to));
            if leaves {
                leaving.insert(&step.name);
            }
        }
        if leaving.len() == before {
            return leaving;
        }
    }
}

/// A path that ends where it began.
struct Cycle(Vec<String>);

impl Cycle {
    fn first(&self) -> String {
        self.0.first().cloned().unwrap_or_default()
    }
}

impl std::fmt::Display for Cycle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for step in &self.0 {
            write!(f, "`{step}` -> ")?;
        }
        write!(f, "`{}`", self.first())
    }
}

/// The shortest cycles among these steps, no two through the same step.
fn cycles(flow: &Flow, among: &BTreeSet<&str>) -> Vec<Cycle> {
    let mut cycles: Vec<Cycle> = Vec::new();
    for name in among {
        let seen = |cycle: &Cycle| cycle.0.iter().any(|step| step == name);
        if !cycles.iter().any(seen) {
            cycles.extend(cycle(flow, name, among));
        }
    }
    cycles
}

fn cycle(flow: &Flow, from: &str, among: &BTreeSet<&str>) -> Option<Cycle> {
    let mut before: BTreeMap<&str, &str> = BTreeMap::new();
    let mut waiting = VecDeque::from([from]);
    while let Some(name) = waiting.pop_front() {
        for edge in flow.step(name)?.edges() {
            if edge.to == from {
                let mut way = vec![name.to_owned()];
                let mut at = name;
                while at != from {
                    at = before.get(at)?;
                    way.push(at.to_owned());
                }
                way.reverse();
                return Some(Cycle(way));
            }
            if among.contains(edge.to) && !before.contains_key(edge.to) {
                before.insert(edge.to, flow.step(name)?.name());
                waiting.push_back(edge.to);
            }
        }
    }
    None
}
