//! A solution: what its file says, checked.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use hospes::NodeConfig;
use hospes::egress::nearest;

use crate::check;
use crate::document::{Document, Item, Report};
use crate::environment::{self, Environment};
use crate::error::{GrantError, ReadError};
use crate::finding::Findings;
use crate::flow::Flow;
use crate::grants::{Grants, Overrides};
use crate::key::is_bare;
use crate::loader::Loader;
use crate::node::{self, Node};
use crate::secret::Vaults;

/// Everything that a solution file says. Whatever nodes name is there, and
/// whatever is there is named by a node.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Solution {
    /// Its name.
    pub name: String,
    /// Names of bots.
    pub bots: Vec<String>,
    /// Names of bots that are fed by files.
    pub csv_bots: Vec<String>,
    /// Environments by name.
    pub environments: BTreeMap<String, Environment>,
    /// Nodes by name.
    pub nodes: BTreeMap<String, Node>,
    /// The files of flows by the flows' names.
    pub flow_files: BTreeMap<String, PathBuf>,
    /// Flows by name; none if only the solution file's text was read.
    pub flows: BTreeMap<String, Flow>,
}

impl Solution {
    /// Reads and checks a solution file and its flow files. Paths in it are
    /// relative to its directory. [`Loader`] does the same with vaults, and with
    /// what the nodes say about themselves.
    ///
    /// # Errors
    ///
    /// A file that can't be read, or everything that is wrong with it.
    pub fn load(path: impl AsRef<Path>) -> Result<Solution, ReadError> {
        Loader::new().load(path)
    }

    /// Checks the text of a solution file. `file` is what findings name, and
    /// what paths in the text are relative to; neither it nor a flow file is read.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with it.
    pub fn parse(file: &Path, text: &str) -> Result<Solution, Findings> {
        let document = Document::parse(file, text)?;
        let mut report = Report::new(&document);
        let solution = Solution::read(&document, file, &Vaults::new(), &mut report);
        report.finish()?;
        Ok(solution)
    }

    /// Reads and checks a document, as far as that needs nothing else.
    pub(crate) fn read(
        document: &Document<'_>,
        file: &Path,
        vaults: &Vaults,
        report: &mut Report<'_>,
    ) -> Solution {
        let solution = read(document.root(), directory(file), vaults, report);
        check::check(&solution, document, report);
        solution
    }

    /// The environment of this name. Without a name, the only one; if there is
    /// none at all, an empty one without a name.
    ///
    /// # Errors
    ///
    /// No environment has that name, or there are several to choose from.
    pub fn environment(&self, name: Option<&str>) -> Result<Environment, GrantError> {
        let known = || self.environments.keys().cloned().collect();
        let Some(name) = name else {
            return match self.environments.values().next() {
                Some(only) if self.environments.len() == 1 => Ok(only.clone()),
                Some(_) => Err(GrantError::WhichEnvironment { known: known() }),
                None => Ok(Environment::default()),
            };
        };
        self.environments
            .get(name)
            .cloned()
            .ok_or_else(|| GrantError::UnknownEnvironment {
                name: name.to_owned(),
                nearest: nearest(name, self.environments.keys().map(String::as_str))
                    .map(str::to_owned),
                known: known(),
            })
    }

    /// What a node is granted in an environment (see [`Solution::environment`]).
    ///
    /// # Errors
    ///
    /// No such node or environment, or overrides that don't fit.
    pub fn grants(
        &self,
        node: &str,
        env: Option<&str>,
        overrides: &Overrides,
    ) -> Result<Grants, GrantError> {
        let found = self
            .nodes
            .get(node)
            .ok_or_else(|| GrantError::UnknownNode {
                name: node.to_owned(),
                nearest: nearest(node, self.nodes.keys().map(String::as_str)).map(str::to_owned),
                known: self.nodes.keys().cloned().collect(),
            })?;
        Grants::of(found, &self.environment(env)?, overrides)
    }

    /// The same for the runtime: what to load the node with.
    ///
    /// # Errors
    ///
    /// As [`Solution::grants`].
    pub fn node_config(
        &self,
        node: &str,
        env: Option<&str>,
        overrides: &Overrides,
    ) -> Result<NodeConfig, GrantError> {
        self.grants(node, env, overrides)?.config()
    }
}

pub(crate) const KEYS: &[&str] = &["name", "bots", "csv_bots", "env", "node", "flow"];

fn read(root: Item<'_>, directory: &Path, vaults: &Vaults, report: &mut Report<'_>) -> Solution {
    root.only(KEYS, report);
    let name = match root.get("name") {
        Some(name) => name.text(report).unwrap_or_default(),
        None => {
            report.key(
                &root.key.child("name"),
                "is missing: write `name = \"...\"`",
            );
            ""
        }
    };
    let names = |name: &str, report: &mut Report<'_>| -> Vec<String> {
        let texts = root
            .get(name)
            .map(|list| list.texts(report))
            .unwrap_or_default();
        texts.into_iter().map(|(text, _)| text.to_owned()).collect()
    };
    let environments = root
        .get("env")
        .map(|item| environment::read_all(item, directory, vaults, report));
    let nodes = root
        .get("node")
        .map(|item| node::read_all(item, directory, report));
    Solution {
        name: name.to_owned(),
        bots: names("bots", report),
        csv_bots: names("csv_bots", report),
        environments: environments.unwrap_or_default(),
        nodes: nodes.unwrap_or_default(),
        flow_files: root
            .get("flow")
            .map(|item| flow_files(&item, directory, report))
            .unwrap_or_default(),
        flows: BTreeMap::new(),
    }
}

/// `[flow.NAME]`: the files of flows.
fn flow_files(
    item: &Item<'_>,
    directory: &Path,
    report: &mut Report<'_>,
) -> BTreeMap<String, PathBuf> {
    let mut files = BTreeMap::new();
    for (name, item) in item.entries(report) {
        if !is_bare(name) {
            report.key(&item.key, "a flow's name has letters, digits, `-` and `_`");
        }
        let table = item.only(&["file"], report);
        match item.get("file") {
            Some(file) => {
                if let Some(file) = file.text(report) {
                    files.insert(name.to_owned(), directory.join(file));
                }
            }
            None if table => {
                report.key(&item.key, "`file` is missing: it names the flow's file");
            }
            None => {}
        }
    }
    files
}

/// The file's directory, such that joining a path to it gives one that works.
pub(crate) fn directory(file: &Path) -> &Path {
    file.parent().unwrap_or(Path::new(""))
}
