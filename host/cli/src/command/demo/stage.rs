//! The demo's stage: a stand-in for Braze, and a solution in a directory of its own.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use hospes::{Context, Runtime};
use hospes_mock_braze::{MockBraze, Step};
use hospes_solution::{Overrides, Solution};
use tempfile::TempDir;

use super::Act;
use crate::exit::Fault;
use crate::host;

const NODE: &str = "braze-track";

/// Removed with everything in it when dropped.
pub(super) struct Stage {
    braze: MockBraze,
    runtime: Runtime,
    solution: PathBuf,
    _directory: TempDir,
}

impl Stage {
    pub(super) fn new() -> anyhow::Result<Stage> {
        let busy = Step::status(429).header("X-Ratelimit-Retry-After", "30");
        let braze = MockBraze::builder()
            .script([Step::honest(), busy])
            .start()?;
        let directory = tempfile::Builder::new().prefix("hospes-demo-").tempdir()?;
        let place = directory.path();
        fs::write(
            place.join("braze_track.wasm"),
            hospes_artifacts::BRAZE_TRACK_WASM,
        )?;
        write_private(&place.join("braze-key"), braze.key())?;
        let solution = place.join("hospes.toml");
        fs::write(&solution, text(&braze.url()))?;
        let grants =
            Solution::load(&solution)?.grants(NODE, Some("sandbox"), &Overrides::default())?;
        let runtime = host::runtime(None, None)?;
        runtime
            .load(NODE, grants.config()?)
            .map_err(|error| host::load_error(error, &grants.component))?;
        Ok(Stage {
            braze,
            runtime,
            solution,
            _directory: directory,
        })
    }

    /// The text of the solution file.
    pub(super) fn solution(&self) -> io::Result<String> {
        fs::read_to_string(&self.solution)
    }

    /// Runs the node once.
    pub(super) fn act(&self, payload: &str) -> anyhow::Result<Act> {
        let before = self.braze.exchanges().len();
        let outcome = self
            .runtime
            .execute_blocking(NODE, payload, &Context::new())
            .map_err(|error| Fault(error.to_string()))?;
        let requests = self.braze.exchanges().into_iter().skip(before).collect();
        Ok(Act { requests, outcome })
    }
}

fn text(braze: &str) -> String {
    format!(
        r#"name = "demo"

[env.sandbox]
braze_url = "{braze}"

[env.sandbox.secrets]
braze_api_key = {{ from = "file:braze-key", to = ["{braze}"] }}

[env.prod]
braze_url = "https://rest.iad-01.braze.com"

[env.prod.secrets]
braze_api_key = {{ from = "env:BRAZE_API_KEY", to = ["https://rest.iad-01.braze.com"] }}

[node.braze-track]
component = "braze_track.wasm"
params = ["braze_url"]
secrets = ["braze_api_key"]
allow = ["POST {{braze_url}}/users/track"]
limits = {{ deadline = "5s" }}
"#
    )
}

/// Writes a file that nobody else can read, not even for a moment.
fn write_private(path: &Path, text: &str) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)?.write_all(text.as_bytes())
}
