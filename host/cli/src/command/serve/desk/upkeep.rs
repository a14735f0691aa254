//! What follows a change: what the runtime did by itself is written down, and
//! what still runs on old revisions is ended in time.

use std::sync::Arc;
use std::sync::mpsc::Receiver;
use std::time::Duration;

use hospes::{How, NodeStatus};
use tokio::runtime::Handle;

use super::Desk;

/// Follows the changes of nodes for as long as the runtime lives.
pub(in crate::command::serve) fn start(
    desk: &Arc<Desk>,
    changed: Receiver<Arc<str>>,
    drain: Duration,
    tokio: Handle,
) -> std::io::Result<()> {
    let desk = Arc::clone(desk);
    let thread = std::thread::Builder::new().name("hospes-upkeep".to_owned());
    thread.spawn(move || {
        for node in changed {
            desk.write_changes(&node);
            let desk = Arc::clone(&desk);
            // Ends at once if nothing runs there.
            tokio.spawn(async move { desk.drain(&node, drain).await });
        }
    })?;
    Ok(())
}

impl Desk {
    /// Writes down what the runtime did by itself: a rollback after a burst of
    /// faults, and the end of a trial. Whatever an operator did has been written
    /// down when this gets its turn.
    fn write_changes(&self, node: &str) {
        let _one = self.changing();
        let Some(status) = self.status(node) else {
            return;
        };
        let generation = status.revision.generation;
        let served = self.known(node).and_then(|known| known.serving());
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
            How::RolledBack { reason, .. } => Some(reason),
            _ => None,
        });
        let why = reason.unwrap_or_default();
        if let Err(error) = self.write_down(node, id.generation, &earlier, &why) {
            tracing::error!(target: "hospes::store", node, "{}", error.message());
        }
        tracing::warn!(target: "hospes::serve", node, generation = id.generation, why, "rolled back by itself");
    }

    /// A trial that broke serves alone, and is set aside: what served before has
    /// more than the trial, and must not come back.
    fn write_last(&self, node: &str, generation: u64) {
        let is_promoted = |how| matches!(how, How::Promoted { .. }).then_some(());
        if self.happened(node, generation, is_promoted).is_none() {
            return;
        }
        if let Err(error) = self.write_promotion(node, generation, "it broke, and less is granted")
        {
            tracing::error!(target: "hospes::store", node, "{}", error.message());
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
            How::Aborted { reason } => Some(reason),
            _ => None,
        });
        if let Err(error) = store.abort_trial(node, &reason.unwrap_or_default()) {
            tracing::error!(target: "hospes::store", node, "the end of its trial is not kept: {error}");
        }
    }
}
