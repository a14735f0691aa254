//! Coming up: with what served before, and with what the solution file says
//! since.

use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use anyhow::anyhow;
use hospes::{Approval, Description, Signature, files};
use hospes_solution::store::{self, Change, Manifest, Source, Store};
use hospes_solution::{Grants, Loader, Overrides, ReadError, Solution};

use super::change::earlier;
use super::deploy::Candidate;
use super::{Desk, Sourced};
use crate::command::serve::error::ApiError;
use crate::exit::Fault;
use crate::terminal::visible;
use crate::{host, solution};

/// The nodes of a solution with what each is granted.
pub(in crate::command::serve) fn grants(
    solution: &Solution,
    env: Option<&str>,
) -> anyhow::Result<Vec<(String, Grants)>> {
    let granted = |node: &String| {
        Ok((
            node.clone(),
            solution.grants(node, env, &Overrides::default())?,
        ))
    };
    solution.nodes.keys().map(granted).collect()
}

/// A component's file, never more of it than the node's limit.
pub(in crate::command::serve) fn read(path: &Path, limit: u64) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    files::open(path)
        .and_then(|file| file.take(limit + 1).read_to_end(&mut bytes))
        .map_err(|error| anyhow!("can't read {}: {error}", path.display()))?;
    Ok(bytes)
}

impl Desk {
    /// Reads a solution file and all that belongs to it, and checks it whole, as
    /// `hospes check` does. A component's file that is broken since is no
    /// reason not to come back: what served before speaks for the node then.
    pub(in crate::command::serve) fn read(&self, file: &Path) -> Result<Solution, ReadError> {
        let describe = |node: &hospes_solution::Node| {
            solution::describe(node, &self.runtime)
                .or_else(|error| self.describe_published(&node.name).map(Some).ok_or(error))
        };
        Loader::new().describe(describe).load(file)
    }

    /// The nodes of a solution file by its text alone, whatever is wrong with the
    /// files that it names.
    pub(in crate::command::serve) fn read_text(
        file: &Path,
        env: Option<&str>,
    ) -> Option<Vec<(String, Grants)>> {
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

    /// Loads every node of a solution: from the store what served before, and
    /// from the solution what is new or was changed since.
    pub(in crate::command::serve) fn start(
        &self,
        nodes: Vec<(String, Grants)>,
    ) -> anyhow::Result<()> {
        if let Some(store) = &self.store {
            for damage in store.damage() {
                tracing::error!(target: "hospes::store", "{}", visible(&damage.to_string()));
            }
            for node in store.nodes() {
                if !nodes.iter().any(|(name, _)| *name == node) {
                    tracing::warn!(target: "hospes::store", node, "the store has a node that the solution does not have");
                }
            }
        }
        for (node, grants) in nodes {
            self.start_node(&node, grants)?;
        }
        self.collect();
        Ok(())
    }

    fn start_node(&self, node: &str, grants: Grants) -> anyhow::Result<()> {
        let published = match &self.store {
            Some(store) => store.published(node).map_err(|error| {
                anyhow!("node `{node}`: what served before is not known: {error}. Remove that file to go back to the revision before it")
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
        let sourced = Arc::new(Sourced {
            taken: before.unwrap_or_else(|| source.clone()),
            grants,
            source,
        });
        self.set_source(node, &sourced);
        let Some(manifest) = published else {
            return self
                .load(node, &sourced, &component?)
                .map_err(|error| refusal(&error, &file));
        };
        let same = manifest.source == sourced.source;
        if manifest.change == Change::Removed {
            if same {
                tracing::info!(target: "hospes::serve", node, "removed, and so not loaded");
                return Ok(());
            }
            let loaded = component.and_then(|component| {
                self.load(node, &sourced, &component)
                    .map_err(|error| anyhow!("{}", error.message()))
            });
            self.followed(node, &sourced, loaded);
            return Ok(());
        }
        self.restore(node, &manifest)?;
        let trial = self.restore_trial(node);
        if same || trial.is_some_and(|trial| trial.manifest.source == sourced.source) {
            return Ok(());
        }
        // The solution was changed while no server ran.
        let changed = match component {
            Ok(component) => self.follow(node, &sourced, &component, &manifest),
            Err(error) => Err(error),
        };
        self.followed(node, &sourced, changed);
        Ok(())
    }

    /// What came of what the solution says anew. What is wrong with it is no
    /// reason not to come back, with what it takes away taken.
    fn followed(&self, node: &str, sourced: &Arc<Sourced>, changed: anyhow::Result<()>) {
        let Err(error) = changed else {
            return self.taken_over(node, sourced);
        };
        self.restrict(node, sourced);
        let why = visible(&error.to_string());
        if self.serving(node).is_none() {
            self.applied.node_out(node, &why);
        }
        self.applied.node_refused(&self.metrics, node, &why);
        tracing::error!(target: "hospes::serve", node, "what the solution says now does not serve: {why}");
    }

    /// What served before, exactly; and first what served before that, so that
    /// the way back is as short as it was.
    fn restore(&self, node: &str, manifest: &Manifest) -> anyhow::Result<()> {
        let Some(store) = &self.store else {
            return Ok(());
        };
        if let Some(before) = earlier(store, node, None)
            && let Err(error) = self.restore_one(store, node, &before)
        {
            let generation = before.generation;
            tracing::warn!(target: "hospes::serve", node, generation, "nothing to go back to at once: {}", visible(&error.to_string()));
        }
        self.restore_one(store, node, manifest)
    }

    fn restore_one(&self, store: &Store, node: &str, manifest: &Manifest) -> anyhow::Result<()> {
        let component = store
            .component(&manifest.digest)
            .map_err(|error| anyhow!("node `{node}`: {error}"))?;
        let config = manifest.grants.config_for(component)?.note(&manifest.why);
        let id = self.runtime.load_as(node, manifest.generation, config);
        let id = id.map_err(|error| host::load_error(error, Path::new(node)))?;
        self.note(node, &id, &manifest.grants);
        tracing::info!(target: "hospes::serve", node, generation = id.generation, digest = id.digest, "restored");
        Ok(())
    }

    /// What the solution says, over what was restored: its component if that is
    /// another one than it was, and otherwise the one that serves.
    fn follow(
        &self,
        node: &str,
        sourced: &Sourced,
        component: &[u8],
        before: &Manifest,
    ) -> anyhow::Result<()> {
        let store = self.store.as_ref();
        let kept = match store {
            Some(store) if before.source.component == sourced.source.component => {
                Some(store.component(&before.digest)?)
            }
            _ => None,
        };
        let Some(kept) = kept else {
            let loaded = self.load(node, sourced, component);
            return loaded.map_err(|error| anyhow!("{}", error.message()));
        };
        let signatures = &before.grants.admission.signatures;
        self.load_kept(node, sourced, &kept, signatures)
            .map_err(|error| anyhow!("{}", error.message()))
    }

    /// Publishes what the solution file says.
    pub(super) fn load(
        &self,
        node: &str,
        sourced: &Sourced,
        component: &[u8],
    ) -> Result<(), ApiError> {
        self.load_kept(node, sourced, component, &[])
    }

    /// The same for a component that came otherwise than in the solution's file,
    /// and with signatures of its own.
    pub(super) fn load_kept(
        &self,
        node: &str,
        sourced: &Sourced,
        component: &[u8],
        signatures: &[Signature],
    ) -> Result<(), ApiError> {
        let mut grants = sourced.grants.clone();
        grants.admission.signatures.extend_from_slice(signatures);
        let deployed = self.deploy(&Candidate {
            node,
            component,
            grants: &grants,
            source: &sourced.source,
            change: Change::Loaded,
            why: "the solution file",
            // Whoever writes the file has said yes.
            approval: Approval::Wider,
        });
        deployed.map(|_| ())
    }
}

/// The error of a node that can't be loaded, in the right exit class.
fn refusal(error: &ApiError, file: &Path) -> anyhow::Error {
    let words = error.message();
    match error.code().word {
        "component-refused" | "body-too-large" => {
            Fault(format!("{}: {words}", file.display())).into()
        }
        _ => anyhow!("{}: {words}", file.display()),
    }
}

/// The runtime's first generation, after those of a store.
pub(in crate::command::serve) fn first_generation(store: Option<&Store>) -> u64 {
    store.map_or(1, |store| store.highest_generation() + 1)
}
