//! `--watch`: follows the solution file, and the components and flows that it
//! names.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::anyhow;
use hospes::files;
use hospes::node::Drain;
use hospes_deploy::Deployer;
use hospes_deploy::store::digest;
use hospes_deploy::watch::Watch;
use hospes_solution::Solution;
use tokio::runtime::Handle;

use crate::invalid_file::InvalidFile;
use crate::sessions::Flows;
use crate::state::Shared;

/// How long executions of a node may take that is no longer in the solution.
const DRAIN: Duration = Duration::from_secs(30);

/// The solution file and its flow files, with the digests of what was read.
pub(crate) struct Files {
    solution: PathBuf,
    digest: String,
    flows: BTreeMap<PathBuf, String>,
}

impl Files {
    pub(crate) fn new(file: PathBuf, digest: String, solution: &Solution) -> Files {
        Files {
            solution: file,
            digest,
            flows: flow_files(solution),
        }
    }
}

/// The state right after they were read.
fn flow_files(solution: &Solution) -> BTreeMap<PathBuf, String> {
    let files = solution.flow_files.values();
    let read = |file: &PathBuf| digest(&files::read(file, files::TEXT).unwrap_or_default());
    files.map(|file| (file.clone(), read(file))).collect()
}

/// Follows the files until the process ends.
pub(crate) fn start(app: &Shared, files: Files, env: Option<String>) -> anyhow::Result<()> {
    let mut files = Follower {
        watch: Watch::new().map_err(|error| anyhow!("--watch: {error}"))?,
        deployer: Arc::clone(&app.deployer),
        flows: Arc::clone(&app.flows),
        files,
        env,
        tokio: Handle::current(),
    };
    files.list().map_err(|error| anyhow!("--watch: {error}"))?;
    let thread = std::thread::Builder::new().name("hospes-watch".to_owned());
    thread.spawn(move || files.follow())?;
    Ok(())
}

struct Follower {
    watch: Watch,
    deployer: Arc<Deployer>,
    flows: Arc<Flows>,
    files: Files,
    env: Option<String>,
    tokio: Handle,
}

impl Follower {
    fn follow(mut self) {
        loop {
            let Some(seen) = self.watch.next(Duration::from_secs(3600)) else {
                continue;
            };
            let file = seen.path.display();
            let Some(digest) = seen.digest else {
                tracing::warn!(target: "hospes::watch", %file, "the file is gone; what serves goes on serving");
                continue;
            };
            if seen.path == self.files.solution {
                self.files.digest = digest;
                self.read_solution();
            } else if self.files.flows.contains_key(&seen.path) {
                self.read_solution();
            } else {
                self.deployer.component_changed(&seen.path);
            }
            self.deployer.collect();
        }
    }

    /// Applies the solution file, if all of it is right.
    fn read_solution(&mut self) {
        let file = self.files.solution.display().to_string();
        let read = self.deployer.read(&self.files.solution);
        let read = read
            .map_err(|error| InvalidFile::of("the solution", error))
            .and_then(|solution| {
                let nodes = hospes_deploy::grants(&solution, self.env.as_deref())?;
                Ok((solution, nodes))
            });
        let (solution, nodes) = match read {
            Ok(read) => read,
            Err(error) => {
                let file = &self.files.solution;
                let why = error.to_string();
                let nodes = Deployer::read_text(file, self.env.as_deref());
                let less = match nodes {
                    Some(_) => "except for what it revokes",
                    None => "nothing is changed",
                };
                tracing::error!(target: "hospes::watch", file = %file.display(), "not applied, {less}: {why}");
                let removed = self.deployer.solution_refused(file, &why, nodes);
                return self.drain(removed);
            }
        };
        self.files.flows = flow_files(&solution);
        let removed = self.deployer.solution_changed(&self.files.solution, nodes);
        self.drain(removed);
        self.flows.set(&solution);
        if let Err(error) = self.list() {
            tracing::error!(target: "hospes::watch", file, "{error}");
        }
    }

    /// Waits for executions of removed nodes, and ends them in time.
    fn drain(&self, removed: Vec<Drain>) {
        for drain in removed {
            self.tokio.spawn(drain.within(DRAIN));
        }
    }

    /// Watches the files that are in use now.
    fn list(&mut self) -> Result<(), hospes_deploy::watch::WatchError> {
        let components = self
            .deployer
            .files()
            .into_iter()
            .map(|(file, digest)| (file, Some(digest)));
        let read = |(file, digest): (&PathBuf, &String)| (file.clone(), Some(digest.clone()));
        let files = &self.files;
        let flows = files.flows.iter().map(read);
        let solution = read((&files.solution, &files.digest));
        let signatures = self.deployer.signature_files().into_iter();
        let signatures = signatures.map(|file| {
            let now = digest(&files::read(&file, files::TEXT).unwrap_or_default());
            (file, Some(now))
        });
        let all = components.chain(flows).chain(signatures);
        self.watch.files(all.chain([solution]))
    }
}
