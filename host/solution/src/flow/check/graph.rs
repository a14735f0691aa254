//! The ways through a flow: every step can be reached, an end can be reached
//! from every step, and whatever goes round waits for the person each time.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::key;
use crate::document::Report;
use crate::flow::{Flow, Step, StepKind};

pub(super) fn check(flow: &Flow, report: &mut Report<'_>) {
    let reached: BTreeSet<&str> = flow.steps().into_iter().map(Step::name).collect();
    for name in flow.steps.keys() {
        if !reached.contains(name.as_str()) {
            let message = format!("nobody gets here: no way leads from `{}` to it", flow.start);
            report.key(&key(name), message);
        }
    }
    let leaving = leaving(flow);
    let stuck: BTreeSet<&str> = reached.difference(&leaving).copied().collect();
    for round in rounds(flow, &stuck) {
        let message = format!("no end can be reached from here: {round} goes round for ever");
        report.key(&key(&round.first()), message);
    }
    let silent = |name: &&str| {
        let step = flow.step(name);
        leaving.contains(name) && step.is_some_and(|step| step.kind() != StepKind::Collect)
    };
    let silent: BTreeSet<&str> = reached.iter().copied().filter(silent).collect();
    for round in rounds(flow, &silent) {
        let message = format!(
            "{round} goes round without asking for anything, so that nothing but luck would end it: let a \
             `collect` be part of the way, or let the node repeat what fails (`retry` in the solution file)"
        );
        report.key(&key(&round.first()), message);
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

/// A way that ends where it began.
struct Round(Vec<String>);

impl Round {
    fn first(&self) -> String {
        self.0.first().cloned().unwrap_or_default()
    }
}

impl std::fmt::Display for Round {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for step in &self.0 {
            write!(f, "`{step}` -> ")?;
        }
        write!(f, "`{}`", self.first())
    }
}

/// The shortest ways round among these steps, no two through the same step.
fn rounds(flow: &Flow, among: &BTreeSet<&str>) -> Vec<Round> {
    let mut rounds: Vec<Round> = Vec::new();
    for name in among {
        let seen = |round: &Round| round.0.iter().any(|step| step == name);
        if !rounds.iter().any(seen) {
            rounds.extend(round(flow, name, among));
        }
    }
    rounds
}

fn round(flow: &Flow, from: &str, among: &BTreeSet<&str>) -> Option<Round> {
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
                return Some(Round(way));
            }
            if among.contains(edge.to) && !before.contains_key(edge.to) {
                before.insert(edge.to, flow.step(name)?.name());
                waiting.push_back(edge.to);
            }
        }
    }
    None
}
