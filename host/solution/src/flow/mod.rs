//! Flows: steps that say, collect, act and branch. They are checked before the
//! first one is taken.

mod check;
mod kinds;
mod mapping;
mod nodes;
mod read;
mod revision;
mod step;
mod text;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::{Path, PathBuf};

use crate::document::{Document, Report};
use crate::error::ReadError;
use crate::finding::Findings;

pub(crate) use check::SchemaValidator;
pub use kinds::FAULT_KINDS;
pub(crate) use kinds::all as kinds;
pub use nodes::Nodes;
pub(crate) use read::AGAIN;
#[cfg(test)]
pub(crate) use read::{
    ACTION_KEYS, BRANCH_KEYS, COLLECT_KEYS, END_KEYS, FIELD_KEYS, INPUT_KEYS, KEYS, SAY_KEYS,
};
pub(crate) use step::{Action, Does, Field};
pub use step::{Edge, FieldKind, Step, StepKind};
pub(crate) use text::spoken;

/// A flow that passed every check: each step is reachable, each edge leads to a
/// step, each variable is set when it is used, and every step can reach an end.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Flow {
    /// Its name in the solution.
    pub name: String,
    /// Its file.
    pub file: PathBuf,
    /// `sha256:` and the digest of the file's content without layout, comments
    /// and order of keys. It changes when the flow does.
    pub revision: String,
    /// The inputs of a session.
    pub inputs: BTreeMap<String, Input>,
    start: String,
    steps: BTreeMap<String, Step>,
}

/// An input: a variable that is set when a session starts.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Input {
    /// Its kind.
    pub kind: FieldKind,
    /// The options, if it is a choice.
    pub choices: Vec<String>,
    /// Whether a session may start without it.
    pub optional: bool,
}

impl Flow {
    /// Reads and checks a flow file.
    ///
    /// # Errors
    ///
    /// If the file can't be read, or all of its faults.
    pub fn load(name: &str, file: &Path, nodes: &Nodes) -> Result<Flow, ReadError> {
        let text = ReadError::text_of(file)?;
        Flow::parse(name, file, &text, nodes).map_err(ReadError::Findings)
    }

    /// Checks the text of a flow file. `file` is what findings name; it is not
    /// read.
    ///
    /// # Errors
    ///
    /// All of its faults.
    pub fn parse(name: &str, file: &Path, text: &str, nodes: &Nodes) -> Result<Flow, Findings> {
        let document = Document::parse(file, text)?;
        let mut report = Report::new(&document);
        let root = document.root();
        let draft = read::read(&root, &mut report);
        let flow = Flow {
            name: name.to_owned(),
            file: file.to_owned(),
            revision: revision::of(&root),
            inputs: draft.inputs,
            start: draft.start.unwrap_or_default(),
            steps: draft.steps,
        };
        check::check(&flow, draft.whole, nodes, &mut report);
        report.finish()?;
        Ok(flow)
    }

    /// The name of the first step.
    pub fn start(&self) -> &str {
        &self.start
    }

    /// The step of this name.
    pub fn step(&self, name: &str) -> Option<&Step> {
        self.steps.get(name)
    }

    /// Every step, nearest to the start first.
    pub fn steps(&self) -> Vec<&Step> {
        let mut known = BTreeSet::from([self.start.as_str()]);
        let mut waiting = VecDeque::from([self.start.as_str()]);
        let mut steps = Vec::new();
        while let Some(step) = waiting.pop_front().and_then(|name| self.steps.get(name)) {
            steps.push(step);
            for edge in step.edges() {
                if known.insert(edge.to) {
                    waiting.push_back(edge.to);
                }
            }
        }
        steps
    }

    /// The nodes that it calls, without duplicates.
    pub fn nodes(&self) -> BTreeSet<&str> {
        let called = self.steps.values().filter_map(|step| match &step.does {
            Does::Action(action) => Some(action.node.as_str()),
            _ => None,
        });
        called.collect()
    }
}
