//! Which variables are set when a step begins, over all paths to it.
//!
//! For each step, two sets are computed from the edges that lead to it: the
//! variables that are set on every path, and those that are set on some path.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::flow::{Does, Edge, Flow, Step};

/// What an edge does to variables.
#[derive(Default)]
pub(super) struct Effect<'f> {
    /// Is set afterwards.
    pub(super) sets: Vec<&'f str>,
    /// May be set or unset afterwards.
    pub(super) may_set: Vec<&'f str>,
}

pub(super) fn effect<'f>(step: &'f Step, edge: &Edge<'_>) -> Effect<'f> {
    let mut effect = Effect::default();
    match &step.does {
        Does::Say { .. } | Does::End { .. } => {}
        Does::Collect { fields, .. } => {
            for field in fields {
                // A field without an answer keeps its value, except an optional
                // one, which an empty answer unsets.
                match (edge.label, field.optional) {
                    ("next", false) => effect.sets.push(&field.name),
                    _ => effect.may_set.push(&field.name),
                }
            }
        }
        Does::Action(action) => {
            let kept = match edge.label {
                "success" => &action.keep,
                _ => &action.keep_failure,
            };
            effect.sets.extend(kept.as_deref());
        }
        Does::Branch { on, cases, .. } => {
            // A variable that equals something is set.
            if cases.contains_key(edge.label) && edge.label != "otherwise" {
                effect.sets.push(&on.name);
            }
        }
    }
    effect
}

/// Whether an edge that may set a field may also unset it.
pub(super) fn takes_away(step: &Step, name: &str) -> bool {
    match &step.does {
        Does::Collect { fields, .. } => fields
            .iter()
            .any(|field| field.name == name && field.optional),
        _ => false,
    }
}

/// What is set when a step begins.
#[derive(Clone, Default, PartialEq)]
pub(super) struct Presence<'f> {
    pub(super) always: BTreeSet<&'f str>,
    pub(super) perhaps: BTreeSet<&'f str>,
}

impl<'f> Presence<'f> {
    fn after(&self, step: &'f Step, edge: &Edge<'_>) -> Presence<'f> {
        let mut there = self.clone();
        let effect = effect(step, edge);
        for name in effect.may_set {
            there.perhaps.insert(name);
            if takes_away(step, name) {
                there.always.remove(name);
            }
        }
        for name in effect.sets {
            there.perhaps.insert(name);
            there.always.insert(name);
        }
        there
    }

    fn meet(&mut self, other: &Presence<'f>) {
        self.always.retain(|name| other.always.contains(name));
        self.perhaps.extend(&other.perhaps);
    }
}

/// What is set at the start of each reachable step.
pub(super) fn of(flow: &Flow) -> BTreeMap<&str, Presence<'_>> {
    let mut start = Presence::default();
    for (name, input) in &flow.inputs {
        start.perhaps.insert(name);
        if !input.optional {
            start.always.insert(name);
        }
    }
    let mut there = BTreeMap::from([(flow.start.as_str(), start)]);
    let mut waiting = VecDeque::from([flow.start.as_str()]);
    while let Some(name) = waiting.pop_front() {
        let (Some(step), Some(before)) = (flow.step(name), there.get(name).cloned()) else {
            continue;
        };
        for edge in step.edges() {
            let after = before.after(step, &edge);
            let changed = match there.get_mut(edge.to) {
                Some(known) => {
                    let old = known.clone();
                    known.meet(&after);
                    *known != old
                }
                None => {
                    there.insert(edge.to, after);
                    true
                }
            };
            if changed {
                waiting.push_back(edge.to);
            }
        }
    }
    there
}
