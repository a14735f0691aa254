//! What follows a change: automatic changes are stored, and executions on old
//! revisions are ended in time.

use std::sync::Arc;
use std::sync::mpsc::Receiver;
use std::time::Duration;

use hospes_deploy::Deployer;
use tokio::runtime::Handle;

/// Follows the changes of nodes for as long as the runtime lives.
pub(crate) fn start(
    deployer: &Arc<Deployer>,
    changed: Receiver<Arc<str>>,
    drain: Duration,
    tokio: Handle,
) -> std::io::Result<()> {
    let deployer = Arc::clone(deployer);
    let thread = std::thread::Builder::new().name("hospes-upkeep".to_owned());
    thread.spawn(move || {
        for node in changed {
            deployer.reconcile(&node);
            let deployer = Arc::clone(&deployer);
            // Returns at once if nothing runs there.
            tokio.spawn(async move { deployer.drain(&node, drain).await });
        }
    })?;
    Ok(())
}
