//! A solution: what its file says, checked.

use std::collections::BTreeMap;
use std::path::PathBuf;

use hospes::NodeConfig;
use hospes::egress::nearest;

use crate::environment::Environment;
use crate::error::GrantError;
use crate::flow::Flow;
use crate::grants::{Grants, Overrides};
use crate::node::Node;

/// Everything that a solution file says. Everything that
/// nodes name is in it, and a node names everything that is in it.
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
