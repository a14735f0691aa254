//! Stores automatic changes.

use hospes::swap::{ChangeKind, NodeStatus};

use super::state::Deployer;

impl Deployer {
    /// Stores what the runtime did automatically: a rollback after a burst of
    /// faults, and the end of a trial. What an operator did has already been
    /// stored when this runs.
    ///
    /// Call it whenever the observer hears that the node has changed, but not from
    /// within the observer.
    pub fn reconcile(&self, node: &str) {
        let _one = self.changing();
        let Some(status) = self.status(node) else {
            return;
        };
        let generation = status.revision.generation;
        let served = self.record(node).and_then(|record| record.serving());
        if served.is_some_and(|served| generation > served) {
            self.write_rollback(&status);
        }
        self.write_abort(&status);
    }

    fn write_rollback(&self, status: &NodeStatus) {
        let (node, id) = (&*status.node, &status.revision);
        let Some(earlier) = self.repeated(node, id.generation) else {
            return self.write_last(node, id.generation);
        };
        self.note(node, id, &earlier.grants);
        let reason = self.happened(node, id.generation, |how| match how {
            ChangeKind::RolledBack { reason, .. } => Some(reason),
            _ => None,
        });
        let why = reason.unwrap_or_default();
        if let Err(error) = self.write_down(node, id.generation, &earlier, &why) {
            tracing::error!(target: "hospes::store", node, "{}", error);
        }
        tracing::warn!(target: "hospes::serve", node, generation = id.generation, why, "rolled back automatically");
    }

    /// A failed trial serves alone and is quarantined: the previous revision has
    /// more grants than the trial, so it must not come back.
    fn write_last(&self, node: &str, generation: u64) {
        let is_promoted = |how| matches!(how, ChangeKind::Promoted { .. }).then_some(());
        if self.happened(node, generation, is_promoted).is_none() {
            return;
        }
        if let Err(error) = self.write_promotion(
            node,
            generation,
            "it kept failing, and a rollback would have granted more",
        ) {
            tracing::error!(target: "hospes::store", node, "{}", error);
        }
        self.note_promotion(node, generation);
    }

    fn write_abort(&self, status: &NodeStatus) {
        let Some(store) = &self.store else { return };
        let node = &*status.node;
        let Some(trial) = store.trial(node).filter(|trial| trial.aborted.is_none()) else {
            return;
        };
        let generation = trial.manifest.generation;
        if status.trial.as_ref().map(|trial| trial.revision.generation) == Some(generation) {
            return;
        }
        let reason = self.happened(node, generation, |how| match how {
            ChangeKind::Aborted { reason } => Some(reason),
            _ => None,
        });
        if let Err(error) = store.abort_trial(node, &reason.unwrap_or_default()) {
            tracing::error!(target: "hospes::store", node, "the end of its trial could not be stored: {error}");
        }
    }
}
