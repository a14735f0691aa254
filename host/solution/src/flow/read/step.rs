//! Steps and their edges.

use std::collections::{BTreeMap, BTreeSet};

use super::keys::{ACTION_KEYS, BRANCH_KEYS, COLLECT_KEYS, END_KEYS, SAY_KEYS};
use crate::document::{Item, Report, suggest};
use crate::flow::kinds;
use crate::flow::mapping::Mapping;
use crate::flow::step::{Action, Does, Field};
use crate::flow::text::{Reference, Text};
use crate::key::is_bare;

/// The key that says what a step does, and all keys of such a step.
const STEPS: [(&str, &[&str]); 5] = [
    ("say", SAY_KEYS),
    ("collect", COLLECT_KEYS),
    ("action", ACTION_KEYS),
    ("branch", BRANCH_KEYS),
    ("end", END_KEYS),
];

/// Reads steps; knows the names of all of them.
pub(super) struct Reader<'r, 'd, 'n> {
    pub(super) names: &'n BTreeSet<&'n str>,
    pub(super) whole: bool,
    pub(super) report: &'r mut Report<'d>,
}

impl Reader<'_, '_, '_> {
    /// What a step does; none if that is unclear.
    pub(super) fn step(&mut self, item: &Item<'_>) -> Option<Does> {
        let found: Vec<_> = STEPS
            .iter()
            .filter(|(word, _)| item.get(word).is_some())
            .collect();
        let (word, keys) = match found.as_slice() {
            [one] => **one,
            [] => {
                if item.only(&STEPS.map(|(word, _)| word), self.report) {
                    self.report.key(
                        &item.key,
                        "this step does nothing: it needs one of `say`, `collect`, `action`, `branch` and `end`",
                    );
                }
                return None;
            }
            several => {
                let words: Vec<String> = several
                    .iter()
                    .map(|(word, _)| format!("`{word}`"))
                    .collect();
                let message = format!(
                    "a step does one thing, and this has {}",
                    words.join(" and ")
                );
                self.report.key(&item.key, message);
                return None;
            }
        };
        item.only(keys, self.report);
        match word {
            "say" => {
                let text = self.quoting(item, "say");
                let next = self.edge(item, "next", "the step that follows");
                Some(Does::Say {
                    text: text?,
                    next: next?,
                })
            }
            "collect" => self.collect(item),
            "action" => self.action(item),
            "branch" => self.branch(item),
            _ => {
                let word = item.get("end")?.text(self.report)?.to_owned();
                let failed = item
                    .get("failed")
                    .is_some_and(|item| item.flag(self.report));
                Some(Does::End { word, failed })
            }
        }
    }

    fn collect(&mut self, item: &Item<'_>) -> Option<Does> {
        let list = item.get("collect")?;
        let mut fields: Vec<Field> = Vec::new();
        let mut all = true;
        for item in list.items(self.report) {
            match self.field(&item) {
                Some(field) if fields.iter().any(|other| other.name == field.name) => {
                    let message = format!("`{}` is asked for twice in this step", field.name);
                    self.report.value(&item.key.child("name"), message);
                }
                Some(field) => fields.push(field),
                None => all = false,
            }
        }
        if list.is_empty_list() {
            self.report
                .value(&list.key, "the list is empty: there is nothing to ask for");
        }
        let next = self.edge(
            item,
            "next",
            "the step that follows when all fields are answered",
        );
        let failure = self.edge(
            item,
            "failure",
            "the step that follows when a field has no usable answer after all attempts",
        );
        let does = Does::Collect {
            fields,
            next: next?,
            failure: failure?,
        };
        all.then_some(does)
    }

    fn action(&mut self, item: &Item<'_>) -> Option<Does> {
        let node = item.get("action")?.text(self.report).map(str::to_owned);
        let payload = match item.get("payload") {
            Some(payload) => {
                let value = payload.json(self.report)?;
                let report = &mut *self.report;
                Mapping::parse(value, &payload.key, &mut |key, error| {
                    report.value(key, error);
                })
            }
            None => Mapping::Object(Vec::new()),
        };
        let keep = self.variable(item, "keep");
        let keep_failure = self.variable(item, "keep_failure");
        let success = self.edge(
            item,
            "success",
            "the step that follows when the node succeeds",
        );
        let failure = self.edge(item, "failure", "the step that follows when it fails");
        let mut on = BTreeMap::new();
        if let Some(table) = item.get("on") {
            let kinds = kinds::all();
            for (kind, edge) in table.entries(self.report) {
                if !kinds.contains(&kind) {
                    let shown = kind.escape_debug();
                    let message = format!(
                        "no kind of failure is called `{shown}`{}",
                        suggest(kind, &kinds)
                    );
                    self.report.key(&edge.key, message);
                }
                match self.target(&edge) {
                    Some(to) => _ = on.insert(kind.to_owned(), to),
                    None => self.whole = false,
                }
            }
        }
        Some(Does::Action(Box::new(Action {
            node: node?,
            payload,
            keep,
            keep_failure,
            success: success?,
            failure: failure?,
            on,
        })))
    }

    fn branch(&mut self, item: &Item<'_>) -> Option<Does> {
        let on = item.get("branch")?;
        let text = on.text(self.report)?;
        let on = match Reference::parse(text) {
            Ok(reference) if !reference.optional => Some(reference),
            Ok(_) => {
                self.report.value(
                    &on.key,
                    "a branch needs no `?`: a missing variable takes `otherwise`",
                );
                None
            }
            Err(error) => {
                self.report.value(&on.key, error);
                None
            }
        };
        let mut cases = BTreeMap::new();
        match item.get("cases") {
            Some(table) => {
                for (case, edge) in table.entries(self.report) {
                    match self.target(&edge) {
                        Some(to) => _ = cases.insert(case.to_owned(), to),
                        None => self.whole = false,
                    }
                }
            }
            None => self.report.key(
                &item.key,
                "`cases` is missing: it says which value leads to which step",
            ),
        }
        let otherwise = item.get("otherwise").map(|edge| self.target(&edge));
        if let Some(None) = otherwise {
            self.whole = false;
        }
        Some(Does::Branch {
            on: on?,
            cases,
            otherwise: otherwise.flatten(),
        })
    }

    /// A text that may quote variables.
    pub(super) fn quoting(&mut self, item: &Item<'_>, name: &str) -> Option<Text> {
        let item = item.get(name)?;
        match Text::parse(item.text(self.report)?) {
            Ok(text) => Some(text),
            Err(error) => {
                self.report.value(&item.key, error);
                None
            }
        }
    }

    /// The name of a variable to set.
    fn variable(&mut self, item: &Item<'_>, name: &str) -> Option<String> {
        let item = item.get(name)?;
        let text = item.text(self.report)?;
        if !is_bare(text) {
            self.report
                .value(&item.key, "a name has letters, digits, `-` and `_`");
        }
        Some(text.to_owned())
    }

    /// A required edge.
    pub(super) fn edge(&mut self, item: &Item<'_>, name: &str, what: &str) -> Option<String> {
        let Some(edge) = item.get(name) else {
            // Findings about the whole document have no better position.
            let key = if item.key.steps().is_empty() {
                item.key.child(name)
            } else {
                item.key.clone()
            };
            self.report
                .key(&key, format!("`{name}` is missing: it names {what}"));
            self.whole = false;
            return None;
        };
        let to = self.target(&edge);
        self.whole &= to.is_some();
        to
    }

    /// The step that an edge names, if it exists.
    fn target(&mut self, edge: &Item<'_>) -> Option<String> {
        let text = edge.text(self.report)?;
        if self.names.contains(text) {
            return Some(text.to_owned());
        }
        let known: Vec<&str> = self.names.iter().copied().collect();
        let shown = text.escape_debug();
        let message = format!("no step is called `{shown}`{}", suggest(text, &known));
        self.report.value(&edge.key, message);
        None
    }
}
