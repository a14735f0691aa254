//! Follows files that change while the server runs.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::store::{self, Change, Source};
use hospes::node::Drain;
use hospes::swap::{Approval, Rollout};
use hospes_solution::Grants;

use super::publish::Candidate;
use super::restore::read;
use super::state::{Declared, Deployer};
use crate::error::DeployError;

impl Deployer {
    /// The component file of each node of the solution, with the digest that
    /// was read last.
    pub fn files(&self) -> BTreeMap<PathBuf, String> {
        let sources = self.sources();
        let file = |declared: &Arc<Declared>| {
            (
                declared.grants.component.clone(),
                declared.source.component.clone(),
            )
        };
        sources.values().map(file).collect()
    }

    /// The signature file of each node that has one.
    pub fn signature_files(&self) -> BTreeSet<PathBuf> {
        let sources = self.sources();
        let file = |declared: &Arc<Declared>| declared.grants.admission.signature.clone();
        sources.values().filter_map(file).collect()
    }

    /// A component file or a signature file has changed: every node that names it gets the new content. One
    /// that has more than the current revision needs approval, since a changed file approves nothing.
    pub fn component_changed(&self, file: &Path) {
        let sources = self.sources().clone();
        for (node, declared) in sources {
            let grants = &declared.grants;
            if grants.component == file || grants.admission.signature.as_deref() == Some(file) {
                let taken = self.take_component(&node, &declared);
                report(&node, file, taken);
            }
        }
    }

    fn take_component(&self, node: &str, declared: &Declared) -> Result<(), DeployError> {
        let grants = &declared.grants;
        let component = read(&grants.component, grants.limits.component)?;
        let digest = store::digest(&component);
        // Component and signatures change together: the first one that was
        // noticed may have caused the publish already.
        if declared.source.component == digest && self.has(node, &digest) {
            return Ok(());
        }
        let declared = Arc::new(Declared {
            grants: grants.clone(),
            source: Source {
                grants: declared.source.grants.clone(),
                component: digest.clone(),
            },
            taken: Source {
                grants: declared.taken.grants.clone(),
                component: digest,
            },
        });
        self.set_source(node, &declared);
        let deployed = self.deploy(&Candidate {
            node,
            component: &component,
            grants: &declared.grants,
            source: &declared.source,
            change: Change::Loaded,
            why: "the component's file",
            approval: Approval::Same,
        });
        if deployed?.rollout == Rollout::All {
            self.taken_over(node, &declared);
        }
        Ok(())
    }

    /// Whether a node serves or tries this component.
    fn has(&self, node: &str, digest: &str) -> bool {
        self.status(node).is_some_and(|status| {
            let trial = status.trial.map(|trial| trial.revision);
            status.revision.digest == digest || trial.is_some_and(|id| id.digest == digest)
        })
    }

    /// The solution file has changed: new nodes are loaded, missing nodes are
    /// removed, and nodes with changed grants get them. Where that fails, what
    /// the file revokes is revoked all the same. Errors are logged, and are in
    /// [`Deployer::solution`].
    ///
    /// Returns the removed nodes, so that the caller can drain them.
    pub fn solution_changed(&self, file: &Path, nodes: Vec<(String, Grants)>) -> Vec<Drain> {
        let (before, removed) = self.remove_others(file, &nodes);
        for (node, grants) in nodes {
            let before = before.get(&node);
            let taken = self.take_grants(&node, grants, before.map(|before| &**before));
            if let Err(error) = taken {
                let file = file.display();
                tracing::error!(target: "hospes::watch", node, %file, "not applied, except for what it revokes: {error}");
            }
        }
        // Last, so that it is not reported before it is true.
        self.applied.file_read();
        removed
    }

    /// The solution file can't be applied, and `declared` is what its text alone
    /// says: what it revokes is revoked, and nothing else changes.
    ///
    /// Returns the removed nodes, so that the caller can drain them.
    pub fn solution_refused(
        &self,
        file: &Path,
        why: &str,
        nodes: Option<Vec<(String, Grants)>>,
    ) -> Vec<Drain> {
        self.applied.file_refused(why);
        let Some(nodes) = nodes else {
            return Vec::new();
        };
        let (before, removed) = self.remove_others(file, &nodes);
        for (node, new) in nodes {
            let Some(before) = before.get(&node) else {
                continue;
            };
            let grants = before.grants.within(&new);
            let mut source = before.source.clone();
            source.grants = grants.fingerprint();
            let declared = Arc::new(Declared {
                grants,
                source,
                taken: before.taken.clone(),
            });
            self.set_source(&node, &declared);
            self.restrict(&node, &declared);
        }
        removed
    }

    /// Removes the nodes that the solution file no longer has. Returns what it
    /// said before.
    fn remove_others(
        &self,
        file: &Path,
        nodes: &[(String, Grants)],
    ) -> (BTreeMap<String, Arc<Declared>>, Vec<Drain>) {
        let mut drains = Vec::new();
        let before = self.sources().clone();
        for node in before
            .keys()
            .filter(|node| !nodes.iter().any(|(name, _)| name == *node))
        {
            self.forget_source(node);
            self.applied.node_taken(node);
            if self.serving(node).is_some() {
                let removed = self.remove(node, "the solution file");
                let removed = removed.map(|drain| drains.push(drain));
                report(node, file, removed);
            }
        }
        (before, drains)
    }

    fn forget_source(&self, node: &str) {
        self.sources_mut().remove(node);
    }

    /// Later uploads get the new grants, even if this fails.
    fn take_grants(
        &self,
        node: &str,
        grants: Grants,
        before: Option<&Declared>,
    ) -> Result<(), DeployError> {
        let component = read(&grants.component, grants.limits.component);
        let digest = component.as_ref().map(|bytes| store::digest(bytes));
        let source = Source {
            grants: grants.fingerprint(),
            component: digest.unwrap_or_default(),
        };
        let same = before.is_some_and(|before| {
            before.taken == source && before.grants.component == grants.component
        }) && self.applied.out(node).is_none();
        let taken = before.map(|before| before.taken.clone());
        let declared = Arc::new(Declared {
            taken: taken.unwrap_or_default(),
            grants,
            source,
        });
        // The requirements for the next component may have changed.
        self.set_source(node, &declared);
        let loaded = match component {
            _ if same => Ok(()),
            Ok(component) => self.load_changed(node, &declared, before, &component),
            Err(error) => Err(error),
        };
        match loaded {
            Ok(()) => self.taken_over(node, &declared),
            Err(error) => {
                self.restrict(node, &declared);
                self.applied.node_refused(node, &error.to_string());
                return Err(error);
            }
        }
        Ok(())
    }

    fn load_changed(
        &self,
        node: &str,
        declared: &Declared,
        before: Option<&Declared>,
        component: &[u8],
    ) -> Result<(), DeployError> {
        // An operator's upload stays as long as the file does not change.
        let kept = match (&self.store, self.serving(node), before) {
            (Some(store), Some(serving), Some(before))
                if before.taken.component == declared.source.component =>
            {
                store.component(&serving.digest).ok()
            }
            _ => None,
        };
        match kept {
            Some(kept) => {
                let serving = self.grants(node).ok();
                let signatures = serving
                    .map(|grants| grants.admission.signatures.clone())
                    .unwrap_or_default();
                self.load_kept(node, declared, &kept, &signatures)
            }
            None => self.load(node, declared, component),
        }
    }
}

fn report(node: &str, file: &Path, taken: Result<(), DeployError>) {
    if let Err(error) = taken {
        let file = file.display();
        tracing::error!(target: "hospes::watch", node, %file, "not applied, what serves goes on serving: {error}");
    }
}
