//! Branches: their cases can occur, and there is an edge for everything else.

use std::collections::BTreeSet;

use super::key;
use super::variable_kinds::{Kinds, kinds};
use crate::document::{Report, suggest};
use crate::flow::{Does, FieldKind, Flow};

pub(super) fn check(flow: &Flow, report: &mut Report<'_>) {
    let kinds = kinds(flow);
    for step in flow.steps.values() {
        let Does::Branch { on, cases, .. } = &step.does else {
            continue;
        };
        let whole = kinds.get(on.name.as_str()).filter(|_| on.parts.is_empty());
        let Some(values) = whole.and_then(values) else {
            continue;
        };
        let known: Vec<&str> = values.iter().map(String::as_str).collect();
        for case in cases.keys() {
            if !values.contains(case) {
                let shown = case.escape_debug();
                let suggestion = suggest(case, &known);
                let message = format!("`{on}` is never `{shown}`{suggestion}");
                report.key(&key(&step.name).child("cases").child(case), message);
            }
        }
    }
}

/// Every value that a variable can have, if they are known.
pub(super) fn values(kinds: &Kinds) -> Option<BTreeSet<String>> {
    match kinds {
        Kinds::One(FieldKind::Choice, choices) if !choices.is_empty() => Some(choices.clone()),
        Kinds::One(FieldKind::Boolean, _) => Some(["true".to_owned(), "false".to_owned()].into()),
        _ => None,
    }
}
