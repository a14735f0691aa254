//! Reads a flow file: each step by itself. The steps are checked together
//! later.

mod field;
mod keys;
mod step;

use std::collections::{BTreeMap, BTreeSet};

use crate::document::{Item, Report};
use crate::flow::Input;
use crate::flow::step::Step;
use crate::key::is_bare;
use step::Reader;

#[cfg(test)]
pub(crate) use keys::{
    ACTION_KEYS, BRANCH_KEYS, COLLECT_KEYS, END_KEYS, FIELD_KEYS, INPUT_KEYS, SAY_KEYS,
};
pub(crate) use keys::{AGAIN, KEYS};

/// The content of a flow file.
pub(crate) struct Draft {
    pub(crate) start: Option<String>,
    pub(crate) inputs: BTreeMap<String, Input>,
    pub(crate) steps: BTreeMap<String, Step>,
    /// Whether every step and every edge could be read, so that the steps can
    /// be checked together.
    pub(crate) whole: bool,
}

/// Reads the document.
pub(crate) fn read(root: &Item<'_>, report: &mut Report<'_>) -> Draft {
    root.only(KEYS, report);
    let mut inputs = BTreeMap::new();
    if let Some(item) = root.get("input") {
        for (name, item) in item.entries(report) {
            check_name(name, &item, report);
            inputs.insert(name.to_owned(), field::input(&item, report));
        }
    }
    let Some(table) = root.get("step") else {
        report.key(
            &root.key.child("step"),
            "there is no step: write `[step.NAME]`",
        );
        return Draft {
            start: None,
            inputs,
            steps: BTreeMap::new(),
            whole: false,
        };
    };
    let entries = table.entries(report);
    let names: BTreeSet<&str> = entries.iter().map(|(name, _)| *name).collect();
    let mut reader = Reader {
        names: &names,
        whole: true,
        report,
    };
    let start = reader.edge(root, "start", "the step that comes first");
    let mut steps = BTreeMap::new();
    for (name, item) in entries {
        check_name(name, &item, reader.report);
        match reader.step(&item) {
            Some(does) => {
                let name = name.to_owned();
                steps.insert(name.clone(), Step { name, does });
            }
            None => reader.whole = false,
        }
    }
    Draft {
        start,
        inputs,
        whole: reader.whole,
        steps,
    }
}

fn check_name(name: &str, item: &Item<'_>, report: &mut Report<'_>) {
    if !is_bare(name) {
        report.key(&item.key, "a name has letters, digits, `-` and `_`");
    }
}
