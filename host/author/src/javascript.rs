//! Nodes in JavaScript and TypeScript, with the package `hospes-node`.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::python::go_to;
use crate::toolchain::{ToolchainError, is_older, says};

const NODE: &str = "node";
const OLDEST: &str = "20";
const SDK: &str = "node_modules/hospes-node/bin/hospes-node.js";

/// A Node.js with the SDK.
#[derive(Debug)]
pub(crate) struct Node {
    program: PathBuf,
    version: String,
    /// The folder of `node_modules`.
    root: PathBuf,
}

impl Node {
    /// What a source uses: the nearest `node_modules` around it.
    pub(crate) fn of(dir: &Path, source: &Path) -> Result<Node, ToolchainError> {
        let around = source.canonicalize().unwrap_or_else(|_| source.to_owned());
        let here = env::current_dir().unwrap_or_default();
        let own = dir.join("node_modules/.bin/node");
        let program = match own.is_file() {
            true => own.canonicalize().unwrap_or(own),
            false => NODE.into(),
        };
        let said = says(Command::new(&program).arg("--version"), NODE)?;
        let version = said.trim_start_matches('v').to_owned();
        if is_older(&version, OLDEST) {
            return Err(ToolchainError::Old {
                found: format!("Node.js {version}"),
                needed: format!("Node.js {OLDEST}"),
                get: format!("{}npm install node@22", go_to(dir)),
            });
        }
        // The paths in messages are the author's own.
        let near = match dir.join(SDK).is_file() {
            true => Some(dir),
            false => around
                .ancestors()
                .skip(1)
                .find(|root| root.join(SDK).is_file()),
        };
        let near = near.or_else(|| here.join(SDK).is_file().then_some(&*here));
        let Some(root) = near else {
            let get = match dir.join("package.json").is_file() {
                true => format!("{}npm install", go_to(dir)),
                false => "hospes new NAME --lang js && cd NAME && npm install".to_owned(),
            };
            return Err(ToolchainError::Missing {
                what: "the npm package hospes-node".to_owned(),
                get,
            });
        };
        Ok(Node {
            program,
            version,
            root: root.to_owned(),
        })
    }

    /// The SDK's command line.
    pub(crate) fn sdk(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.arg(self.root.join(SDK));
        command
    }

    /// What else than the sources decides what a component contains: the
    /// packages that are installed. `None` if that can't be told.
    pub(crate) fn inputs(&self) -> Option<Vec<Vec<u8>>> {
        let installed = fs::read(self.root.join("node_modules/.package-lock.json")).ok()?;
        let text = String::from_utf8_lossy(&installed);
        // Packages that are somewhere else.
        if text.contains("\"link\": true") {
            return None;
        }
        Some(vec![self.version.clone().into_bytes(), installed])
    }

    /// The command that runs the native tests.
    pub(crate) fn tests(&self, dir: &Path) -> Command {
        let mut command = Command::new(&self.program);
        command.arg("--test").current_dir(dir);
        command
    }
}
