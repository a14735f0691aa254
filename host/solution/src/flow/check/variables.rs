//! Which variables are there when a step begins, over all ways to it.
//!
//! For each step two sets are computed from the edges that lead to it: what is
//! there whichever way was taken, and what is there on some way. A quotation
//! has to be in the first, or say with a question mark that it may be absent;
//! what is not even in the second can never be there.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::branch::values;
use super::key;
use crate::document::{Report, suggest};
use crate::flow::text::Reference;
use crate::flow::{Does, Edge, Field, FieldKind, Flow, Step};
use crate::key::Key;

/// What a variable holds.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Kinds {
    /// Always this; a choice with all that can be chosen anywhere.
    One(FieldKind, BTreeSet<String>),
    /// It depends on the way, or is the result of a node.
    Any,
}

/// What each variable of the flow holds.
pub(super) fn kinds(flow: &Flow) -> BTreeMap<&str, Kinds> {
    let mut kinds: BTreeMap<&str, Kinds> = BTreeMap::new();
    let mut add = |name, new: Kinds| {
        let merged = match (kinds.remove(name), new) {
            (None, new) => new,
            (Some(Kinds::One(one, mut choices)), Kinds::One(other, more)) if one == other => {
                choices.extend(more);
                Kinds::One(one, choices)
            }
            _ => Kinds::Any,
        };
        kinds.insert(name, merged);
    };
    let one = |kind, choices: &[String]| Kinds::One(kind, choices.iter().cloned().collect());
    for (name, input) in &flow.inputs {
        add(name, one(input.kind, &input.choices));
    }
    for step in flow.steps.values() {
        match &step.does {
            Does::Collect { fields, .. } => {
                for field in fields {
                    add(&field.name, one(field.kind, &field.choices));
                }
            }
            Does::Action(action) => {
                for name in action.keep.iter().chain(&action.keep_failure) {
                    add(name, Kinds::Any);
                }
            }
            Does::Say { .. } | Does::Branch { .. } | Does::End { .. } => {}
        }
    }
    kinds
}

/// What an edge does to variables.
#[derive(Default)]
struct Effect<'f> {
    /// Is there afterwards.
    sets: Vec<&'f str>,
    /// May be there afterwards, or may be gone.
    may_set: Vec<&'f str>,
}

fn effect<'f>(step: &'f Step, edge: &Edge<'_>) -> Effect<'f> {
    let mut effect = Effect::default();
    match &step.does {
        Does::Say { .. } | Does::End { .. } => {}
        Does::Collect { fields, .. } => {
            for field in fields {
                // A field that is not answered keeps what it held before, but
                // for an optional one, which is taken away by an empty answer.
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
            // A variable that equals something is there.
            if cases.contains_key(edge.label) && edge.label != "otherwise" {
                effect.sets.push(&on.name);
            }
        }
    }
    effect
}

/// Whether a field that may be set by an edge may also be taken away by it.
fn takes_away(step: &Step, name: &str) -> bool {
    match &step.does {
        Does::Collect { fields, .. } => fields
            .iter()
            .any(|field| field.name == name && field.optional),
        _ => false,
    }
}

/// What is there when a step begins.
#[derive(Clone, Default, PartialEq)]
struct There<'f> {
    always: BTreeSet<&'f str>,
    perhaps: BTreeSet<&'f str>,
}

impl<'f> There<'f> {
    fn after(&self, step: &'f Step, edge: &Edge<'_>) -> There<'f> {
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

    fn meet(&mut self, other: &There<'f>) {
        self.always.retain(|name| other.always.contains(name));
        self.perhaps.extend(&other.perhaps);
    }
}

/// What is there at the start of each step that can be reached.
fn flow_of(flow: &Flow) -> BTreeMap<&str, There<'_>> {
    let mut start = There::default();
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

pub(super) fn check(flow: &Flow, report: &mut Report<'_>) {
    let kinds = kinds(flow);
    let there = flow_of(flow);
    for step in flow.steps.values() {
        let Some(there) = there.get(step.name.as_str()) else {
            continue;
        };
        let mut uses = Uses {
            flow,
            step,
            kinds: &kinds,
            there: there.clone(),
            report,
        };
        uses.step();
    }
}

/// The quotations of one step.
struct Uses<'a, 'f, 'd> {
    flow: &'f Flow,
    step: &'f Step,
    kinds: &'a BTreeMap<&'f str, Kinds>,
    there: There<'f>,
    report: &'a mut Report<'d>,
}

impl<'f> Uses<'_, 'f, '_> {
    fn step(&mut self) {
        let key = key(&self.step.name);
        match &self.step.does {
            Does::Say { text, .. } => {
                for reference in text.references() {
                    self.quote(&key.child("say"), reference);
                }
            }
            Does::Collect { fields, .. } => {
                for (index, field) in fields.iter().enumerate() {
                    self.field(&key.child("collect").item(index), field);
                }
            }
            Does::Action(action) => {
                let mut found = Vec::new();
                let payload = key.child("payload");
                action.payload.references(&payload, &mut |key, reference| {
                    found.push((key.clone(), reference.clone()));
                });
                for (key, reference) in found {
                    self.quote(&key, &reference);
                }
            }
            Does::Branch {
                on,
                cases,
                otherwise,
            } => {
                let at = key.child("branch");
                // What is not there takes `otherwise`.
                self.quote(
                    &at,
                    &Reference {
                        optional: true,
                        ..on.clone()
                    },
                );
                if otherwise.is_none() {
                    self.covered(&at, on, cases);
                }
            }
            Does::End { .. } => {}
        }
    }

    fn field(&mut self, key: &Key, field: &'f Field) {
        for reference in field.prompt.references() {
            self.quote(&key.child("prompt"), reference);
        }
        self.there.perhaps.insert(&field.name);
        if field.optional {
            self.there.always.remove(field.name.as_str());
        } else {
            self.there.always.insert(&field.name);
        }
    }

    /// A branch without `otherwise` has a case for everything.
    fn covered(&mut self, key: &Key, on: &Reference, cases: &BTreeMap<String, String>) {
        let kinds = self.kinds.get(on.name.as_str());
        let values = kinds
            .filter(|_| on.parts.is_empty())
            .and_then(values)
            .unwrap_or_default();
        let open: Vec<&String> = values
            .iter()
            .filter(|value| !cases.contains_key(*value))
            .collect();
        let why = if values.is_empty() {
            "it can be anything".to_owned()
        } else if let Some(value) = open.first() {
            format!("it can be `{value}`")
        } else if !self.there.always.contains(on.name.as_str()) {
            "it may be absent".to_owned()
        } else {
            return;
        };
        let message = format!("`{on}` has not a case for everything: {why}. Add `otherwise`");
        self.report.value(key, message);
    }

    fn quote(&mut self, key: &Key, reference: &Reference) {
        let name = reference.name.as_str();
        let Some(kinds) = self.kinds.get(name) else {
            let known: Vec<&str> = self.kinds.keys().copied().collect();
            let message = format!(
                "no step and no input sets a variable `{name}`{}",
                suggest(name, &known)
            );
            return self.report.value(key, message);
        };
        if let Kinds::One(kind, _) = kinds
            && !reference.parts.is_empty()
        {
            let message =
                format!("`{name}` is of kind `{kind}` and has no parts: write `{{{name}}}`");
            return self.report.value(key, message);
        }
        if !self.there.perhaps.contains(name) {
            let setter = self.setter(name);
            let message = format!(
                "`{name}` can't be there yet: it is set by `{setter}`, from which no way leads here"
            );
            return self.report.value(key, message);
        }
        if reference.optional || self.there.always.contains(name) {
            return;
        }
        let message = format!(
            "`{name}` may be absent here: {}. Write `{{{reference}?}}` to leave it out then, or branch on it before",
            self.way_without(name)
        );
        self.report.value(key, message);
    }

    /// A step that sets the variable.
    fn setter(&self, name: &str) -> &'f str {
        let sets = |step: &&'f Step| {
            step.edges().iter().any(|edge| {
                let effect = effect(step, edge);
                effect.sets.contains(&name) || effect.may_set.contains(&name)
            })
        };
        let mut steps = self.flow.steps.values();
        steps.find(sets).map_or("", |step| &step.name)
    }

    /// The shortest way here on which the variable is not set, in words.
    fn way_without(&self, name: &str) -> String {
        let here = self.step.name.as_str();
        let start = self.flow.start.as_str();
        let given = self
            .flow
            .inputs
            .get(name)
            .is_some_and(|input| !input.optional);
        let first = (start, given);
        let mut before: BTreeMap<(&str, bool), (&str, bool)> = BTreeMap::new();
        let mut waiting = VecDeque::from([first]);
        while let Some(state) = waiting.pop_front() {
            let (at, set) = state;
            if at == here && !set {
                let mut way = vec![format!("`{at}`")];
                let mut state = state;
                while state != first
                    && let Some(earlier) = before.get(&state)
                {
                    way.push(format!("`{}`", earlier.0));
                    state = *earlier;
                }
                way.reverse();
                return format!("it need not be set on the way {}", way.join(" -> "));
            }
            let Some(step) = self.flow.step(at) else {
                continue;
            };
            for edge in step.edges() {
                let sets = effect(step, &edge).sets.contains(&name);
                let next = (edge.to, sets || (set && !takes_away(step, name)));
                if next != first && !before.contains_key(&next) {
                    before.insert(next, state);
                    waiting.push_back(next);
                }
            }
        }
        "it is optional".to_owned()
    }
}
