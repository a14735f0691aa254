//! Following files that change while the server runs.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use anyhow::anyhow;
use hospes::{Approval, Rollout};
use hospes_solution::Grants;
use hospes_solution::store::{self, Change, Source};

use super::deploy::Candidate;
use super::start::read;
use super::{Desk, Sourced, Work};

impl Desk {
    /// The component's file of each node of the solution, with the digest that
    /// was read last.
    pub(in crate::command::serve) fn files(&self) -> BTreeMap<PathBuf, String> {
        let sources = self.sources.read().unwrap_or_else(PoisonError::into_inner);
        let file = |sourced: &Arc<Sourced>| {
            (
                sourced.grants.component.clone(),
                sourced.source.component.clone(),
            )
        };
        sources.values().map(file).collect()
    }

    /// The file with the signatures of each node that has one.
    pub(in crate::command::serve) fn signature_files(&self) -> BTreeSet<PathBuf> {
        let sources = self.sources.read().unwrap_or_else(PoisonError::into_inner);
        let file = |sourced: &Arc<Sourced>| sourced.grants.admission.signature.clone();
        sources.values().filter_map(file).collect()
    }

    /// A component's file has another content, or the file with its signatures:
    /// every node that names it takes it over. One that has more than the one that serves is held: a file says
    /// nothing about what somebody has agreed to.
    pub(in crate::command::serve) fn component_changed(&self, file: &Path) {
        let sources = self
            .sources
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        for (node, sourced) in sources {
            let grants = &sourced.grants;
            if grants.component == file || grants.admission.signature.as_deref() == Some(file) {
                let taken = self.take_component(&node, &sourced);
                report(&node, file, taken);
            }
        }
    }

    fn take_component(&self, node: &str, sourced: &Sourced) -> anyhow::Result<()> {
        let grants = &sourced.grants;
        let component = read(&grants.component, grants.limits.component)?;
        let digest = store::digest(&component);
        // Component and signatures change together: the first of the two that
        // is seen may have done it already.
        if sourced.source.component == digest && self.has(node, &digest) {
            return Ok(());
        }
        let sourced = Arc::new(Sourced {
            grants: grants.clone(),
            source: Source {
                grants: sourced.source.grants.clone(),
                component: digest.clone(),
            },
            taken: Source {
                grants: sourced.taken.grants.clone(),
                component: digest,
            },
        });
        self.set_source(node, &sourced);
        let deployed = self.deploy(&Candidate {
            node,
            component: &component,
            grants: &sourced.grants,
            source: &sourced.source,
            change: Change::Loaded,
            why: "the component's file",
            approval: Approval::Same,
        });
        let deployed = deployed.map_err(|error| anyhow!("{}", error.message()))?;
        if deployed.rollout == Rollout::All {
            self.taken_over(node, &sourced);
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

    /// The solution file says something else: nodes that are new are loaded,
    /// nodes that are gone are removed, and each node whose grants are others
    /// gets these. Where that fails, what the file takes away is taken all the
    /// same.
    pub(in crate::command::serve) async fn solution_changed(
        self: &Arc<Desk>,
        file: &Path,
        nodes: Vec<(String, Grants)>,
    ) {
        let before = self.remove_others(file, &nodes).await;
        for (node, grants) in nodes {
            let desk = Arc::clone(self);
            let before = before.get(&node).cloned();
            let name = node.clone();
            let pool = self.pool(Work::Load);
            let taken = pool.run(move || desk.take_grants(&name, grants, before.as_deref()));
            let taken = taken
                .await
                .unwrap_or_else(|error| Err(anyhow!("{}", error.message())));
            if let Err(error) = taken {
                let file = file.display();
                tracing::error!(target: "hospes::watch", node, %file, "not taken over, but for what it takes away: {error}");
            }
        }
        // Last, so that nobody is told so before it is.
        self.applied.file_read(&self.metrics);
    }

    /// The solution file can't be applied, and holds this by its text alone: what
    /// it takes away is taken, and nothing else is changed.
    pub(in crate::command::serve) async fn solution_refused(
        self: &Arc<Desk>,
        file: &Path,
        why: &str,
        nodes: Option<Vec<(String, Grants)>>,
    ) {
        self.applied.file_refused(&self.metrics, why);
        let Some(nodes) = nodes else { return };
        let before = self.remove_others(file, &nodes).await;
        let narrower = nodes.into_iter().filter_map(|(node, new)| {
            let before = before.get(&node)?;
            let grants = before.grants.within(&new);
            let mut source = before.source.clone();
            source.grants = grants.fingerprint();
            let taken = before.taken.clone();
            Some((
                node,
                Arc::new(Sourced {
                    grants,
                    source,
                    taken,
                }),
            ))
        });
        let narrower: Vec<_> = narrower.collect();
        let desk = Arc::clone(self);
        let pool = self.pool(Work::Change);
        let restricted = pool.run(move || {
            for (node, sourced) in narrower {
                desk.set_source(&node, &sourced);
                desk.restrict(&node, &sourced);
            }
        });
        if let Err(error) = restricted.await {
            tracing::error!(target: "hospes::watch", "{}", error.message());
        }
    }

    /// Takes out the nodes that the solution file no longer has. Gives back what
    /// it said before.
    async fn remove_others(
        self: &Arc<Desk>,
        file: &Path,
        nodes: &[(String, Grants)],
    ) -> BTreeMap<String, Arc<Sourced>> {
        let before = self
            .sources
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        for node in before
            .keys()
            .filter(|node| !nodes.iter().any(|(name, _)| name == *node))
        {
            self.forget_source(node);
            self.applied.node_taken(&self.metrics, node);
            if self.serving(node).is_some() {
                let removed = self
                    .remove(node.clone(), "the solution file".to_owned(), DRAIN)
                    .await;
                report(
                    node,
                    file,
                    removed
                        .map(|_| ())
                        .map_err(|error| anyhow!("{}", error.message())),
                );
            }
        }
        before
    }

    fn forget_source(&self, node: &str) {
        let mut sources = self.sources.write().unwrap_or_else(PoisonError::into_inner);
        sources.remove(node);
    }

    /// Later uploads get the new grants, whatever comes of it.
    fn take_grants(
        &self,
        node: &str,
        grants: Grants,
        before: Option<&Sourced>,
    ) -> anyhow::Result<()> {
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
        let sourced = Arc::new(Sourced {
            taken: taken.unwrap_or_default(),
            grants,
            source,
        });
        // What is asked of the next component may be something else.
        self.set_source(node, &sourced);
        let loaded = match component {
            _ if same => Ok(()),
            Ok(component) => self.load_changed(node, &sourced, before, &component),
            Err(error) => Err(error),
        };
        match loaded {
            Ok(()) => self.taken_over(node, &sourced),
            Err(error) => {
                self.restrict(node, &sourced);
                self.applied
                    .node_refused(&self.metrics, node, &error.to_string());
                return Err(error);
            }
        }
        Ok(())
    }

    fn load_changed(
        &self,
        node: &str,
        sourced: &Sourced,
        before: Option<&Sourced>,
        component: &[u8],
    ) -> anyhow::Result<()> {
        // What an operator uploaded stays, if the file is still what it was.
        let kept = match (&self.store, self.serving(node), before) {
            (Some(store), Some(serving), Some(before))
                if before.taken.component == sourced.source.component =>
            {
                store.component(&serving.digest).ok()
            }
            _ => None,
        };
        let loaded = match kept {
            Some(kept) => {
                let serving = self.grants(node).ok();
                let signatures = serving
                    .map(|grants| grants.admission.signatures.clone())
                    .unwrap_or_default();
                self.load_kept(node, sourced, &kept, &signatures)
            }
            None => self.load(node, sourced, component),
        };
        loaded.map_err(|error| anyhow!("{}", error.message()))
    }
}

/// How long the executions of a node that the solution no longer has may take.
const DRAIN: Duration = Duration::from_secs(30);

fn report(node: &str, file: &Path, taken: anyhow::Result<()>) {
    if let Err(error) = taken {
        let file = file.display();
        tracing::error!(target: "hospes::watch", node, %file, "not taken over, what served goes on serving: {error}");
    }
}
