//! The SDKs that make a component of a file.

use std::path::Path;
use std::process::Command;

use crate::error::BuildError;
use crate::javascript;
use crate::language::Language;
use crate::project::{Node, Project};
use crate::python::Python;

/// An SDK with what runs it.
pub(crate) enum Tool {
    Python(Python),
    JavaScript(javascript::Node),
}

impl Tool {
    pub(crate) fn of(project: &Project, node: &Node) -> Result<Tool, BuildError> {
        Ok(match project.language {
            Language::JavaScript => {
                Tool::JavaScript(javascript::Node::of(&project.dir, &node.source)?)
            }
            _ => Tool::Python(Python::of(&project.dir)?),
        })
    }

    /// The program that runs it.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Tool::Python(_) => "python3",
            Tool::JavaScript(_) => "node",
        }
    }

    /// Its command line.
    pub(crate) fn sdk(&self) -> Command {
        match self {
            Tool::Python(python) => python.sdk(),
            Tool::JavaScript(node) => node.sdk(),
        }
    }

    /// What else than the sources decides what a component contains.
    pub(crate) fn inputs(&self) -> Option<Vec<Vec<u8>>> {
        match self {
            Tool::Python(python) => python.inputs(),
            Tool::JavaScript(node) => node.inputs(),
        }
    }

    /// The command that runs the native tests.
    pub(crate) fn tests(&self, dir: &Path) -> Command {
        match self {
            Tool::Python(python) => python.tests(dir),
            Tool::JavaScript(node) => node.tests(dir),
        }
    }
}
