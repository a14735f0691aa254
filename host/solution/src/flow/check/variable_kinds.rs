//! The kinds of a flow's variables.

use std::collections::{BTreeMap, BTreeSet};

use crate::flow::{Does, FieldKind, Flow};

/// The kind of a variable.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Kinds {
    /// Always this kind; a choice with all options from anywhere.
    One(FieldKind, BTreeSet<String>),
    /// It depends on the path, or is the result of a node.
    Any,
}

/// The kind of each variable of the flow.
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
