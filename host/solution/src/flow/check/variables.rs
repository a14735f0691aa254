//! Whether variables are set when they are quoted.
//!
//! A variable that a step quotes has to be set on every path to the step, or be
//! marked with a question mark. One that is set on no path can't be quoted.

use std::collections::{BTreeMap, VecDeque};

use super::branch::values;
use super::key;
use super::presence::{self, Presence, effect, takes_away};
use super::variable_kinds::{Kinds, kinds};
use crate::document::{Report, suggest};
use crate::flow::text::Reference;
use crate::flow::{Does, Field, Flow, Step};
use crate::key::Key;

pub(super) fn check(flow: &Flow, report: &mut Report<'_>) {
    let kinds = kinds(flow);
    let present = presence::of(flow);
    for step in flow.steps.values() {
        let Some(present) = present.get(step.name.as_str()) else {
            continue;
        };
        let mut uses = Uses {
            flow,
            step,
            kinds: &kinds,
            present: present.clone(),
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
    present: Presence<'f>,
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
                // A missing variable takes `otherwise`.
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
        self.present.perhaps.insert(&field.name);
        if field.optional {
            self.present.always.remove(field.name.as_str());
        } else {
            self.present.always.insert(&field.name);
        }
    }

    /// A branch without `otherwise` needs a case for everything.
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
        } else if !self.present.always.contains(on.name.as_str()) {
            "it may be absent".to_owned()
        } else {
            return;
        };
        let message =
            format!("`{on}` does not have a case for every value: {why}. Add `otherwise`");
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
        if !self.present.perhaps.contains(name) {
            let setter = self.setter(name);
            let message = format!(
                "`{name}` can't be set yet: `{setter}` sets it, and no path leads here from there"
            );
            return self.report.value(key, message);
        }
        if reference.optional || self.present.always.contains(name) {
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

    /// The shortest path here on which the variable is not set, in words.
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
                return format!("it may not be set on the path {}", way.join(" -> "));
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
