//! What is known about the nodes that a flow calls.

use std::collections::BTreeMap;

use hospes::description::Description;

/// The nodes of a solution, with their descriptions where they are known.
#[derive(Clone, Debug, Default)]
pub struct Nodes(Option<BTreeMap<String, Option<Description>>>);

impl Nodes {
    /// Nothing is known, so nothing about nodes is checked.
    pub fn unknown() -> Nodes {
        Nodes(None)
    }

    /// These and no others.
    pub fn new(nodes: impl IntoIterator<Item = (String, Option<Description>)>) -> Nodes {
        Nodes(Some(nodes.into_iter().collect()))
    }

    /// Every name, if they are known.
    pub(crate) fn names(&self) -> Option<Vec<&str>> {
        let nodes = self.0.as_ref()?;
        Some(nodes.keys().map(String::as_str).collect())
    }

    /// A node's description.
    pub(crate) fn description(&self, name: &str) -> Option<&Description> {
        self.0.as_ref()?.get(name)?.as_ref()
    }
}
