//! Checks the steps of a flow together.

mod branch;
mod graph;
mod payload;
mod presence;
mod reads;
mod sample;
mod schema;
mod variable_kinds;
mod variables;

use crate::document::{Report, suggest};
use crate::flow::{Does, Flow, Nodes};
use crate::key::Key;

pub(crate) use schema::SchemaValidator;

/// Checks a flow. Its paths are only checked if all of its steps could be read:
/// without a step or an edge, every path would look wrong.
pub(crate) fn check(flow: &Flow, whole: bool, nodes: &Nodes, report: &mut Report<'_>) {
    calls(flow, nodes, report);
    branch::check(flow, report);
    if whole {
        graph::check(flow, report);
        variables::check(flow, report);
    }
    payload::check(flow, nodes, report);
}

/// The key of a step.
fn key(step: &str) -> Key {
    Key::root().child("step").child(step)
}

/// Every action calls a node of the solution.
fn calls(flow: &Flow, nodes: &Nodes, report: &mut Report<'_>) {
    let Some(known) = nodes.names() else {
        return;
    };
    for step in flow.steps.values() {
        if let Does::Action(action) = &step.does
            && !known.contains(&action.node.as_str())
        {
            let shown = action.node.escape_debug();
            let suggestion = suggest(&action.node, &known);
            let message = format!("the solution has no node `{shown}`{suggestion}");
            report.value(&key(&step.name).child("action"), message);
        }
    }
}
