//! `--watch`: follows the solution file and the components that it names.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::anyhow;
use hospes_solution::watch::Watch;
use tokio::runtime::Handle;

use super::desk::{self, Desk};
use crate::solution;

/// Follows the files until the process ends. `digest` is that of the solution
/// file as it was read.
pub(super) fn start(
    desk: Arc<Desk>,
    solution: PathBuf,
    digest: String,
    env: Option<String>,
) -> anyhow::Result<()> {
    let mut files = Files {
        watch: Watch::new().map_err(|error| anyhow!("--watch: {error}"))?,
        desk,
        solution,
        digest,
        env,
        tokio: Handle::current(),
    };
    files.list().map_err(|error| anyhow!("--watch: {error}"))?;
    let thread = std::thread::Builder::new().name("hospes-watch".to_owned());
    thread.spawn(move || files.follow())?;
    Ok(())
}

struct Files {
    watch: Watch,
    desk: Arc<Desk>,
    solution: PathBuf,
    digest: String,
    env: Option<String>,
    tokio: Handle,
}

impl Files {
    fn follow(mut self) {
        loop {
            let Some(seen) = self.watch.next(Duration::from_secs(3600)) else {
                continue;
            };
            let file = seen.path.display();
            let Some(digest) = seen.digest else {
                tracing::warn!(target: "hospes::watch", %file, "the file is gone; what served goes on serving");
                continue;
            };
            if seen.path == self.solution {
                self.digest = digest;
                self.read_solution();
            } else {
                self.desk.component_changed(&seen.path);
            }
            self.desk.collect();
        }
    }

    /// Takes the solution file over if it is right, the whole of it.
    fn read_solution(&mut self) {
        let file = self.solution.display().to_string();
        let read = solution::load(&self.solution)
            .and_then(|solution| desk::grants(&solution, self.env.as_deref()));
        let nodes = match read {
            Ok(nodes) => nodes,
            Err(error) => {
                tracing::error!(target: "hospes::watch", file, "not taken over, nothing is changed: {error}");
                return;
            }
        };
        self.tokio
            .block_on(self.desk.solution_changed(&self.solution, nodes));
        if let Err(error) = self.list() {
            tracing::error!(target: "hospes::watch", file, "{error}");
        }
    }

    /// Watches the files that matter now.
    fn list(&mut self) -> Result<(), hospes_solution::watch::WatchError> {
        let components = self
            .desk
            .files()
            .into_iter()
            .map(|(file, digest)| (file, Some(digest)));
        let solution = (self.solution.clone(), Some(self.digest.clone()));
        self.watch.files(components.chain([solution]))
    }
}
