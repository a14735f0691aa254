//! Reads a solution with everything that belongs to it.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::sync::Arc;

use hospes::description::Description;

use crate::about;
use crate::document::{Document, Report};
use crate::environment::Environment;
use crate::error::ReadError;
use crate::finding::Findings;
use crate::flow::{Flow, Nodes};
use crate::grants::{Grants, Overrides};
use crate::key::Key;
use crate::node::Node;
use crate::secret::{SecretFrom, Vault, Vaults};
use crate::solution::Solution;
use crate::solution_file;

/// Returns a node's description.
type Describe<'a> = Box<dyn Fn(&Node) -> Result<Option<Description>, String> + 'a>;

/// Tries whether a node's component would be admitted with these grants. An
/// error has the key of `[node.NAME]` that it is about, and what is wrong.
type Admit<'a> = Box<dyn Fn(&str, &Grants) -> Result<(), (&'static str, String)> + 'a>;

/// Reads a solution file and its flow files, and checks them together. All
/// faults of all files are found at once; with any fault, nothing is loaded.
///
/// ```no_run
/// use hospes::{NodeConfig, Runtime};
/// use hospes_solution::Loader;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let runtime = Runtime::builder().build()?;
/// let solution = Loader::new()
///     .describe(|node| {
///         let config = NodeConfig::from_file(&node.component).limits(node.limits.clone());
///         match runtime.inspect(&config) {
///             Ok(inspection) => Ok(Some(inspection.description)),
///             Err(error) => Err(error.to_string()),
///         }
///     })
///     .load("hospes.toml")?;
/// # Ok(())
/// # }
/// ```
#[derive(Default)]
pub struct Loader<'a> {
    vaults: Vaults,
    describe: Option<Describe<'a>>,
    admit: Option<Admit<'a>>,
}

impl fmt::Debug for Loader<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Loader")
            .field("vaults", &self.vaults.keys())
            .finish_non_exhaustive()
    }
}

impl<'a> Loader<'a> {
    /// A loader without vaults and without descriptions of nodes.
    pub fn new() -> Loader<'a> {
        Loader::default()
    }

    /// Adds a vault, for secrets with `from = "scheme:path"`. A vault named
    /// `env` or `file` replaces the usual meaning.
    pub fn vault(mut self, scheme: &str, vault: Arc<dyn Vault>) -> Loader<'a> {
        self.vaults.insert(scheme.to_owned(), vault);
        self
    }

    /// How to get a node's description, so that its grants and the payloads of
    /// flows can be checked against it: `None` if there is none, an error if
    /// its component can't be used at all. Defaults to no descriptions.
    pub fn describe(
        mut self,
        describe: impl Fn(&Node) -> Result<Option<Description>, String> + 'a,
    ) -> Loader<'a> {
        self.describe = Some(Box::new(describe));
        self
    }

    /// How to try a node that has a description, in each environment, if its
    /// component has requirements. An error has the key of `[node.NAME]` that
    /// it is about, and what is wrong. Defaults to trying none, since a host
    /// that loads the nodes finds the same errors.
    pub fn admit(
        mut self,
        admit: impl Fn(&str, &Grants) -> Result<(), (&'static str, String)> + 'a,
    ) -> Loader<'a> {
        self.admit = Some(Box::new(admit));
        self
    }

    /// Reads and checks a solution file and its flow files.
    ///
    /// # Errors
    ///
    /// If the solution file can't be read, or all faults of it and of the files
    /// it names.
    pub fn load(&self, file: impl AsRef<Path>) -> Result<Solution, ReadError> {
        let file = file.as_ref();
        let text = ReadError::text_of(file)?;
        let document = Document::parse(file, &text).map_err(ReadError::Findings)?;
        let mut report = Report::new(&document);
        let mut solution = solution_file::read(&document, file, &self.vaults, &mut report);
        exposed(&solution, &mut report);
        for (name, node) in &solution.nodes {
            let key = Key::root().child("node").child(name);
            node.admission.check(&key, &mut report);
        }
        let descriptions = self.ask(&solution, &document, &mut report);

        let nodes = Nodes::new(descriptions);
        let mut faults = Vec::new();
        for (name, file) in &solution.flow_files {
            match Flow::load(name, file, &nodes) {
                Ok(flow) => _ = solution.flows.insert(name.clone(), flow),
                Err(ReadError::Findings(findings)) => faults.push(findings),
                Err(error) => {
                    let key = Key::root().child("flow").child(name).child("file");
                    report.value(&key, error);
                }
            }
        }
        if let Err(findings) = report.finish() {
            faults.insert(0, findings);
        }
        if faults.is_empty() {
            Ok(solution)
        } else {
            Err(ReadError::Findings(Findings::all(faults)))
        }
    }

    /// Gets every node's description, and checks its grants against it.
    fn ask(
        &self,
        solution: &Solution,
        document: &Document<'_>,
        report: &mut Report<'_>,
    ) -> BTreeMap<String, Option<Description>> {
        let mut descriptions = BTreeMap::new();
        for (name, node) in &solution.nodes {
            let key = Key::root().child("node").child(name);
            let answer = match &self.describe {
                Some(describe) => describe(node),
                None => Ok(None),
            };
            let description = answer.unwrap_or_else(|error| {
                report.value(&key.child("component"), error);
                None
            });
            if let Some(description) = &description {
                about::check(node, &key, description, solution, document, report);
                self.try_to_admit(node, &key, solution, report);
            }
            descriptions.insert(name.clone(), description);
        }
        descriptions
    }
}

impl Solution {
    /// Reads and checks a solution file and its flow files. Paths in it are
    /// relative to its directory. [`Loader`] does the same with vaults and with
    /// the nodes' descriptions.
    ///
    /// # Errors
    ///
    /// If the file can't be read, or all of its faults.
    pub fn load(path: impl AsRef<Path>) -> Result<Solution, ReadError> {
        Loader::new().load(path)
    }

    /// Checks the text of a solution file. `file` is what findings name, and
    /// what paths in the text are relative to; neither it nor a flow file is read.
    ///
    /// # Errors
    ///
    /// All of its faults.
    pub fn parse(file: &Path, text: &str) -> Result<Solution, Findings> {
        let document = Document::parse(file, text)?;
        let mut report = Report::new(&document);
        let solution = solution_file::read(&document, file, &Vaults::new(), &mut report);
        report.finish()?;
        Ok(solution)
    }
}

impl Loader<'_> {
    /// Reports the first environment in which the node would not be admitted.
    fn try_to_admit(&self, node: &Node, key: &Key, solution: &Solution, report: &mut Report<'_>) {
        let Some(admit) = &self.admit else { return };
        if node.admission.golden.is_empty() && node.admission.signed_by.is_empty() {
            return;
        }
        let none = Environment::default();
        let environments = solution.environments.values();
        let alone = environments.len() == 0;
        for environment in environments.chain(alone.then_some(&none)) {
            // Missing grants are reported elsewhere.
            let Ok(grants) = Grants::of(node, environment, &Overrides::default()) else {
                continue;
            };
            if let Err((name, message)) = admit(&node.name, &grants) {
                let place = match environment.name.as_str() {
                    "" => String::new(),
                    name => format!("in environment `{name}`: "),
                };
                report.value(&key.child(name), format!("{place}{message}"));
                return;
            }
        }
    }
}

/// Reports secrets in files that everyone may read.
fn exposed(solution: &Solution, report: &mut Report<'_>) {
    for environment in solution.environments.values() {
        let key = Key::root().child("env").child(&environment.name);
        for (name, secret) in &environment.secrets {
            if let SecretFrom::File(file) = &secret.from
                && let Some(exposed) = file.exposed()
            {
                let key = key.child("secrets").child(name).child("from");
                report.value(&key, exposed);
            }
        }
    }
}
