//! Starting: with what served before, and with what has changed in the solution
//! file since.

use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use crate::store::{self, Change, Manifest, Source, Store};
use hospes::description::Description;
use hospes::signature::Signature;
use hospes::swap::Approval;
use hospes::{NodeConfig, Runtime, files};
use hospes_solution::{GrantError, Grants, Loader, Node, Overrides, ReadError, Solution};

use super::publish::Candidate;
use super::rollback::earlier;
use super::state::{Declared, Deployer};
use crate::error::DeployError;
use crate::text::visible;

/// The nodes of a solution with their grants in an environment.
///
/// # Errors
///
/// If the environment is missing or unknown, or a node's rule is invalid in it.
pub fn grants(solution: &Solution, env: Option<&str>) -> Result<Vec<(String, Grants)>, GrantError> {
    let granted = |node: &String| {
        let grants = solution.grants(node, env, &Overrides::default())?;
        Ok((node.clone(), grants))
    };
    solution.nodes.keys().map(granted).collect()
}

/// The description of the component of a solution's node, for
/// [`Loader::describe`].
///
/// # Errors
///
/// Why there is no description.
pub fn describe(node: &Node, runtime: &Runtime) -> Result<Option<Description>, String> {
    let mut config = NodeConfig::from_file(&node.component).limits(node.limits.clone());
    if let Some(digest) = &node.digest {
        config = config.digest(digest);
    }
    match runtime.inspect(&config) {
        Ok(inspection) => Ok(Some(inspection.description)),
        Err(error) => Err(error.to_string()),
    }
}

/// A component file, up to the node's limit.
pub(super) fn read(path: &Path, limit: u64) -> Result<Vec<u8>, DeployError> {
    let mut bytes = Vec::new();
    files::open(path)
        .and_then(|file| file.take(limit + 1).read_to_end(&mut bytes))
        .map_err(|error| DeployError::Read {
            path: path.to_owned(),
            error,
        })?;
    Ok(bytes)
}

impl Deployer {
    /// Reads a solution file and everything that belongs to it, and checks all
    /// of it, as `hospes check` does. A component file that is broken now does
    /// not prevent a restart: then the description of what served before is
    /// used.
    ///
    /// # Errors
    ///
    /// All of its faults.
    pub fn read(&self, file: &Path) -> Result<Solution, ReadError> {
        let describe = |node: &Node| {
            describe(node, &self.runtime)
                .or_else(|error| self.describe_published(&node.name).map(Some).ok_or(error))
        };
        Loader::new().describe(describe).load(file)
    }

    /// The nodes of a solution file by its text alone, even if the files that it
    /// names have faults.
    pub fn read_text(file: &Path, env: Option<&str>) -> Option<Vec<(String, Grants)>> {
        let text = files::read_text(file, files::TEXT).ok()?;
        let solution = Solution::parse(file, &text).ok()?;
        grants(&solution, env).ok()
    }

    fn describe_published(&self, node: &str) -> Option<Description> {
        let store = self.store.as_ref()?;
        let manifest = store.published(node).ok()??;
        if manifest.change == Change::Removed {
            return None;
        }
        let component = store.component(&manifest.digest).ok()?;
        let config = manifest.grants.config_for(component).ok()?;
        Some(self.runtime.inspect(&config).ok()?.description)
    }

    /// Loads every node of a solution: what served before from the store, and
    /// what is new or has changed since from the solution.
    ///
    /// # Errors
    ///
    /// A node that did not serve before and can't be loaded.
    pub fn start(&self, nodes: Vec<(String, Grants)>) -> Result<(), DeployError> {
        if let Some(store) = &self.store {
            for damage in store.damage() {
                tracing::error!(target: "hospes::store", "{}", visible(&damage.to_string()));
            }
            for node in store.nodes() {
                if !nodes.iter().any(|(name, _)| *name == node) {
                    tracing::warn!(target: "hospes::store", node, "the store has a node that is not in the solution");
                }
            }
        }
        for (node, grants) in nodes {
            self.start_node(&node, grants)?;
        }
        self.collect();
        Ok(())
    }

    fn start_node(&self, node: &str, grants: Grants) -> Result<(), DeployError> {
        let published = match &self.store {
            Some(store) => store
                .published(node)
                .map_err(|error| DeployError::Damaged {
                    node: node.to_owned(),
                    error,
                })?,
            None => None,
        };
        let component = read(&grants.component, grants.limits.component);
        let source = Source {
            grants: grants.fingerprint(),
            component: component
                .as_ref()
                .map(|bytes| store::digest(bytes))
                .unwrap_or_default(),
        };
        let file = grants.component.clone();
        let before = published.as_ref();
        let before = before.map(|manifest| manifest.source.clone());
        let declared = Arc::new(Declared {
            taken: before.unwrap_or_else(|| source.clone()),
            grants,
            source,
        });
        self.set_source(node, &declared);
        let Some(manifest) = published else {
            return self
                .load(node, &declared, &component?)
                .map_err(|error| error.about(file.display().to_string()));
        };
        let same = manifest.source == declared.source;
        if manifest.change == Change::Removed {
            if same {
                tracing::info!(target: "hospes::serve", node, "not loaded, because it was removed");
                return Ok(());
            }
            let loaded = component.and_then(|component| self.load(node, &declared, &component));
            self.followed(node, &declared, loaded);
            return Ok(());
        }
        self.restore(node, &manifest)?;
        let trial = self.restore_trial(node);
        if same || trial.is_some_and(|trial| trial.manifest.source == declared.source) {
            return Ok(());
        }
        // The solution was changed while no server ran.
        let changed = match component {
            Ok(component) => self.follow(node, &declared, &component, &manifest),
            Err(error) => Err(error),
        };
        self.followed(node, &declared, changed);
        Ok(())
    }

    /// The result of applying what has changed in the solution. A fault in it
    /// does not prevent the start, but what it revokes is revoked.
    fn followed(&self, node: &str, declared: &Arc<Declared>, changed: Result<(), DeployError>) {
        let Err(error) = changed else {
            return self.taken_over(node, declared);
        };
        self.restrict(node, declared);
        let why = visible(&error.to_string());
        if self.serving(node).is_none() {
            self.applied.node_out(node, &why);
        }
        self.applied.node_refused(node, &why);
        tracing::error!(target: "hospes::serve", node, "the solution's changes are not applied: {why}");
    }

    /// Exactly what served before; and before that, the revision before it, so
    /// that a rollback is as quick as it was.
    fn restore(&self, node: &str, manifest: &Manifest) -> Result<(), DeployError> {
        let Some(store) = &self.store else {
            return Ok(());
        };
        if let Some(before) = earlier(store, node, None)
            && let Err(error) = self.restore_one(store, node, &before)
        {
            let generation = before.generation;
            tracing::warn!(target: "hospes::serve", node, generation, "the previous revision can't be rolled back to: {}", visible(&error.to_string()));
        }
        self.restore_one(store, node, manifest)
    }

    fn restore_one(
        &self,
        store: &Store,
        node: &str,
        manifest: &Manifest,
    ) -> Result<(), DeployError> {
        let kept = store.component(&manifest.digest);
        let component = kept.map_err(|error| {
            // Not an error of storing.
            DeployError::Internal(error.to_string()).about(format!("node `{node}`"))
        })?;
        let config = manifest.grants.config_for(component)?.note(&manifest.why);
        let id = self.runtime.load_as(node, manifest.generation, config);
        let id = id.map_err(|error| DeployError::from(error).about(node))?;
        self.note(node, &id, &manifest.grants);
        tracing::info!(target: "hospes::serve", node, generation = id.generation, digest = id.digest, "restored");
        Ok(())
    }

    /// Applies the solution to what was restored: with its component if that
    /// has changed, and otherwise with the one that serves.
    fn follow(
        &self,
        node: &str,
        declared: &Declared,
        component: &[u8],
        before: &Manifest,
    ) -> Result<(), DeployError> {
        let store = self.store.as_ref();
        let kept = match store {
            Some(store) if before.source.component == declared.source.component => {
                Some(store.component(&before.digest)?)
            }
            _ => None,
        };
        let Some(kept) = kept else {
            return self.load(node, declared, component);
        };
        let signatures = &before.grants.admission.signatures;
        self.load_kept(node, declared, &kept, signatures)
    }

    /// Publishes what the solution file says.
    pub(super) fn load(
        &self,
        node: &str,
        declared: &Declared,
        component: &[u8],
    ) -> Result<(), DeployError> {
        self.load_kept(node, declared, component, &[])
    }

    /// The same for a component that does not come from the solution's file,
    /// with its own signatures.
    pub(super) fn load_kept(
        &self,
        node: &str,
        declared: &Declared,
        component: &[u8],
        signatures: &[Signature],
    ) -> Result<(), DeployError> {
        let mut grants = declared.grants.clone();
        grants.admission.signatures.extend_from_slice(signatures);
        let deployed = self.deploy(&Candidate {
            node,
            component,
            grants: &grants,
            source: &declared.source,
            change: Change::Loaded,
            why: "the solution file",
            // The author of the file has approved it.
            approval: Approval::Wider,
        });
        deployed.map(|_| ())
    }
}
