//! Waiting for the executions on old revisions.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use tokio::time::timeout;

use crate::node::Slot;
use crate::node::live::LiveRevision;
use crate::swap::DrainReport;

/// How long a cancelled execution may take to end. One that takes longer is
/// stuck in a blocking call of a host capability.
const ENDING: Duration = Duration::from_secs(1);

/// The executions that still run on a removed node.
pub struct Drain(pub(crate) Arc<Slot>);

impl fmt::Debug for Drain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Drain").finish_non_exhaustive()
    }
}

impl Drain {
    /// Waits until all have ended. At `deadline`, those that still run are
    /// cancelled; their outcome is the fault `cancelled`.
    pub async fn within(self, deadline: Duration) -> DrainReport {
        self.0.drain(deadline).await
    }
}

impl Slot {
    pub(crate) async fn drain(&self, deadline: Duration) -> DrainReport {
        let old = self.old(self.state().as_deref());
        let mut report = DrainReport {
            running: running(&old),
            ..DrainReport::default()
        };
        if ended(&old, deadline).await {
            return report;
        }
        report.cancelled = running(&old);
        old.iter().for_each(|live| live.running.cancel());
        if !ended(&old, ENDING).await {
            report.stuck = running(&old);
        }
        report
    }
}

fn running(live: &[Arc<LiveRevision>]) -> u64 {
    live.iter().map(|live| live.running.count()).sum()
}

async fn ended(live: &[Arc<LiveRevision>], within: Duration) -> bool {
    let idle = join_all(live.iter().map(|live| live.running.idle()));
    timeout(within, idle).await.is_ok()
}
