//! The steps of a flow.

use std::collections::BTreeMap;
use std::fmt;

use crate::flow::mapping::Mapping;
use crate::flow::text::{Reference, Text};

/// A step: what happens there, and which steps follow.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    pub(crate) name: String,
    pub(crate) does: Does,
}

/// What happens in a step. Every edge names an existing step.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Does {
    Say {
        text: Text,
        next: String,
    },
    Collect {
        fields: Vec<Field>,
        next: String,
        failure: String,
    },
    Action(Box<Action>),
    Branch {
        on: Reference,
        cases: BTreeMap<String, String>,
        otherwise: Option<String>,
    },
    End {
        word: String,
        failed: bool,
    },
}

/// A call of a node.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Action {
    pub(crate) node: String,
    pub(crate) payload: Mapping,
    /// The variable for the result.
    pub(crate) keep: Option<String>,
    /// The variable for the failure.
    pub(crate) keep_failure: Option<String>,
    pub(crate) success: String,
    pub(crate) failure: String,
    /// Edges for particular kinds of failure.
    pub(crate) on: BTreeMap<String, String>,
}

/// A field to ask for.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Field {
    pub(crate) name: String,
    pub(crate) kind: FieldKind,
    pub(crate) prompt: Text,
    pub(crate) choices: Vec<String>,
    pub(crate) optional: bool,
    /// How often it is asked for again after an unusable answer.
    pub(crate) again: u32,
}

/// The kind of a field or an input of a flow, and its JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum FieldKind {
    /// Any text on one line; a string.
    Text,
    /// An e-mail address; a string.
    Email,
    /// A day; a string such as `1990-12-10`.
    Date,
    /// A telephone number; a string in E.164 form, such as `+14155550100`.
    Phone,
    /// One of several words; a string.
    Choice,
    /// A number.
    Number,
    /// Yes or no; `true` or `false`.
    Boolean,
}

impl FieldKind {
    /// Every kind.
    pub const ALL: [FieldKind; 7] = [
        FieldKind::Text,
        FieldKind::Email,
        FieldKind::Date,
        FieldKind::Phone,
        FieldKind::Choice,
        FieldKind::Number,
        FieldKind::Boolean,
    ];

    /// The kind's name in a flow file.
    pub fn as_str(self) -> &'static str {
        match self {
            FieldKind::Text => "text",
            FieldKind::Email => "email",
            FieldKind::Date => "date",
            FieldKind::Phone => "phone",
            FieldKind::Choice => "choice",
            FieldKind::Number => "number",
            FieldKind::Boolean => "boolean",
        }
    }

    /// The kind of that name.
    pub fn named(name: &str) -> Option<FieldKind> {
        FieldKind::ALL
            .into_iter()
            .find(|kind| kind.as_str() == name)
    }
}

impl fmt::Display for FieldKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The kind of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepKind {
    /// Says something.
    Say,
    /// Asks for fields.
    Collect,
    /// Calls a node.
    Action,
    /// Continues depending on a variable.
    Branch,
    /// Ends the flow.
    End,
}

/// An edge from one step to another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edge<'f> {
    /// `next`, `success`, `failure`, a kind of failure, the case of a branch,
    /// or `otherwise`.
    pub label: &'f str,
    /// The step that it leads to.
    pub to: &'f str,
}

impl Step {
    /// Its name in the flow.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The kind of a step.
    pub fn kind(&self) -> StepKind {
        match &self.does {
            Does::Say { .. } => StepKind::Say,
            Does::Collect { .. } => StepKind::Collect,
            Does::Action(_) => StepKind::Action,
            Does::Branch { .. } => StepKind::Branch,
            Does::End { .. } => StepKind::End,
        }
    }

    /// A summary: the fields, the node, the variable or the end's name. Empty
    /// for a step that says something.
    pub fn about(&self) -> String {
        match &self.does {
            Does::Say { .. } => String::new(),
            Does::Collect { fields, .. } => {
                let names: Vec<&str> = fields.iter().map(|field| field.name.as_str()).collect();
                names.join(", ")
            }
            Does::Action(action) => action.node.clone(),
            Does::Branch { on, .. } => on.to_string(),
            Does::End { word, .. } => word.clone(),
        }
    }

    /// Whether it is an end that counts as a failure.
    pub fn is_failed_end(&self) -> bool {
        matches!(self.does, Does::End { failed: true, .. })
    }

    /// The edges to the steps that follow.
    pub fn edges(&self) -> Vec<Edge<'_>> {
        let edge = |label, to| Edge { label, to };
        match &self.does {
            Does::Say { next, .. } => vec![edge("next", next)],
            Does::Collect { next, failure, .. } => {
                vec![edge("next", next), edge("failure", failure)]
            }
            Does::Action(action) => {
                let mut edges = vec![
                    edge("success", &action.success),
                    edge("failure", &action.failure),
                ];
                edges.extend(action.on.iter().map(|(kind, to)| edge(kind, to)));
                edges
            }
            Does::Branch {
                cases, otherwise, ..
            } => {
                let mut edges: Vec<_> = cases.iter().map(|(case, to)| edge(case, to)).collect();
                edges.extend(otherwise.iter().map(|to| edge("otherwise", to)));
                edges
            }
            Does::End { .. } => Vec::new(),
        }
    }
}
