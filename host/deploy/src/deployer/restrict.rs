//! Revoking grants, even if everything else fails.
//!
//! A solution file that grants less than the one before may have faults: a
//! golden case fails, a signature is missing, a flow is broken. What it revokes
//! is revoked all the same: the component that serves continues with what both
//! the old and the new file allow. If it may no longer serve at all, it is
//! taken out of service.

use std::sync::Arc;

use crate::store::{Change, Manifest, Source};
use hospes::LoadError;
use hospes::node::PublishError;
use hospes::swap::Approval;
use hospes_solution::Grants;

use super::state::{Declared, Deployer};
use crate::text::visible;

/// The reason in the history.
const WHY: &str = "the solution file revokes grants, and could not be applied as a whole";

/// How often a narrower revision is retried because another one came first.
const TRIES: usize = 3;

impl Deployer {
    /// Applies only what a new solution file revokes from a node. Later uploads
    /// get what `declared` grants, so that has to be set before.
    pub(super) fn restrict(&self, node: &str, declared: &Declared) {
        let new = &declared.grants;
        let taken = &declared.taken;
        for _ in 0..TRIES {
            let _one = self.changing();
            if self.serving(node).is_none() {
                return;
            }
            let Ok(old) = self.grants(node) else {
                return self.take_out(node, "its grants are unknown");
            };
            let narrow = old.within(new);
            if narrow.fingerprint() == old.fingerprint() {
                return self.restrict_trial(node, new);
            }
            // It met its requirements before it served.
            let narrow = narrow.settled();
            match self.publish_narrower(node, narrow, new, taken) {
                Ok(()) => return,
                Err(Narrower::Again) => {}
                Err(Narrower::No(why)) => return self.take_out(node, &why),
            }
        }
        let _one = self.changing();
        self.take_out(node, "other revisions are being published all the time");
    }

    /// Lets the component that serves continue with less. A trial beside it
    /// ends.
    fn publish_narrower(
        &self,
        node: &str,
        narrow: Grants,
        new: &Grants,
        source: &Source,
    ) -> Result<(), Narrower> {
        let mut narrow = narrow;
        let mut staged = self.stage_narrower(node, &mut narrow);
        // A signature for the new file's grants covers every part of them.
        if matches!(staged, Err(LoadError::Signature(_)))
            && let Ok(signatures) = new.admission.all_signatures()
        {
            narrow.admission.signatures = signatures;
            narrow.admission.signed_grants = Some(new.hash());
            narrow.env.clone_from(&new.env);
            narrow.params.clone_from(&new.params);
            staged = self.stage_narrower(node, &mut narrow);
        }
        let staged = staged.map_err(|error| Narrower::No(error.to_string()))?;
        let id = Arc::clone(staged.id());
        self.runtime
            .publish(staged, Approval::Same)
            .map_err(|error| match error {
                PublishError::Superseded { .. } => Narrower::Again,
                error => Narrower::No(error.to_string()),
            })?;
        self.note(node, &id, &narrow);
        // It serves already; a failing disk must not preserve revoked grants.
        let mut manifest = Manifest::new(node, id.generation, &id.digest, narrow);
        manifest.version.clone_from(&id.version);
        manifest.change = Change::Loaded;
        WHY.clone_into(&mut manifest.why);
        // Whatever the file says next counts as a change, even if it said the same
        // before: it may grant again what was revoked.
        manifest.source = Source {
            component: source.component.clone(),
            ..Source::default()
        };
        self.not_taken_over(node);
        self.keep_narrower(node, manifest);
        tracing::warn!(target: "hospes::serve", node, generation = id.generation, "{WHY}");
        Ok(())
    }

    /// A secret that can't be read is one less.
    fn stage_narrower(
        &self,
        node: &str,
        narrow: &mut Grants,
    ) -> Result<hospes::node::Staged, LoadError> {
        loop {
            let config = narrow
                .config_for_serving()
                .map_err(|error| LoadError::Compile(error.to_string()))?;
            let staged = self.runtime.stage(node, config.note(WHY));
            match staged {
                Err(LoadError::Secret { name, .. }) if narrow.secrets.contains_key(&name) => {
                    narrow.secrets.remove(&name);
                }
                staged => return staged,
            }
        }
    }

    fn keep_narrower(&self, node: &str, manifest: Manifest) {
        let Some(store) = &self.store else { return };
        let kept = store
            .pinned(&manifest.digest)
            .and_then(|(stored, _)| store.commit(&stored, manifest));
        if let Err(error) = kept {
            tracing::error!(target: "hospes::store", node, "{WHY}; it holds only until a restart: {error}");
        }
    }

    /// Ends a trial that has more than the new file grants.
    fn restrict_trial(&self, node: &str, new: &Grants) {
        let status = self.status(node);
        let Some(trial) = status.and_then(|status| status.trial) else {
            return;
        };
        let fits = self
            .published(node, trial.revision.generation)
            .is_some_and(|grants| grants.within(new).fingerprint() == grants.fingerprint());
        if !fits && let Err(error) = self.end_trial(node, WHY) {
            tracing::error!(target: "hospes::store", node, "the end of its trial could not be stored: {}", error);
        }
    }

    /// Takes a node out of service because its component may not serve.
    fn take_out(&self, node: &str, why: &str) {
        let why = visible(why);
        let status = self.status(node);
        self.applied.node_out(node, &why);
        tracing::error!(target: "hospes::serve", node, "out of service: {why}");
        // It is stored afterwards. Whatever the file says next counts as a
        // change here, too: it may let the node serve again.
        if let (Ok(_), Some(status)) = (self.runtime.remove(node), status) {
            if let Err(error) = self.write_removal(&status, &why, Source::default()) {
                tracing::error!(target: "hospes::store", node, "out of service only until a restart: {}", error);
            }
            self.forget_published(node);
        }
    }
}

/// Why a narrower revision does not serve.
enum Narrower {
    /// Another revision was published in the meantime.
    Again,
    /// It is refused.
    No(String),
}
