//! The demo's setup: a stand-in for Braze, and a copy of `examples/onboarding`
//! in a directory of its own.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::anyhow;
use hospes_mock_braze::{Exchange, MockBraze, ScriptStep};
use serde::Serialize;
use serde_json::{Map, Value};
use tempfile::TempDir;

use crate::cache::Cache;
use crate::command::flow::{self, Answers, Event, HostEvent, Screen};

/// One conversation: what Braze received and returned, and the outcome.
#[derive(Serialize)]
pub(super) struct DemoRun {
    pub(super) events: Vec<Value>,
    pub(super) requests: Vec<Exchange>,
    pub(super) outcome: hospes::Outcome,
    /// The conversation as a person saw it.
    #[serde(skip)]
    pub(super) transcript: String,
}

const SOLUTION: &str = include_str!("../../../onboarding/hospes.toml");
const FLOW: &str = include_str!("../../../onboarding/flows/onboarding.toml");
/// The compiled node; a test compares it with a fresh build.
const BRAZE_TRACK: &[u8] = include_bytes!("../../../nodes/braze-track.wasm");

/// The text in the example's solution file, and what replaces it in the copy.
const BRAZE: &str = "http://127.0.0.1:7118";
const KEY: (&str, &str) = ("env:BRAZE_API_KEY", "file:braze-key");
const COMPONENT: (&str, &str) = (
    "../../target/wasm32-wasip2/node/braze-track.wasm",
    "braze-track.wasm",
);

/// Removed with everything in it when dropped.
pub(super) struct DemoSetup {
    braze: MockBraze,
    flow: flow::FlowPlayer,
    solution: PathBuf,
    directory: TempDir,
}

impl DemoSetup {
    pub(super) fn new() -> anyhow::Result<DemoSetup> {
        let busy = ScriptStep::status(429).header("X-Ratelimit-Retry-After", "30");
        let braze = MockBraze::builder()
            .script([ScriptStep::honest(), busy])
            .start()?;
        let directory = tempfile::Builder::new().prefix("hospes-demo-").tempdir()?;
        let place = directory.path();
        fs::write(place.join("braze-track.wasm"), BRAZE_TRACK)?;
        write_private(&place.join("braze-key"), braze.key())?;
        fs::create_dir(place.join("flows"))?;
        fs::write(flow_file(place), without_schema(FLOW))?;
        let solution = place.join("hospes.toml");
        // The sandbox is the first environment, so its key is the first.
        let text = without_schema(SOLUTION)
            .replace(BRAZE, &braze.url())
            .replacen(KEY.0, KEY.1, 1)
            .replace(COMPONENT.0, COMPONENT.1);
        fs::write(&solution, text)?;
        let flow = flow::FlowPlayer::new(
            &solution,
            "onboarding",
            Some("sandbox"),
            false,
            None,
            Cache::None,
        )?;
        Ok(DemoSetup {
            braze,
            flow,
            solution,
            directory,
        })
    }

    /// The text of the solution file.
    pub(super) fn solution(&self) -> io::Result<String> {
        fs::read_to_string(&self.solution)
    }

    /// The text of the flow file.
    pub(super) fn flow(&self) -> io::Result<String> {
        fs::read_to_string(flow_file(self.directory.path()))
    }

    /// Plays the flow once.
    pub(super) fn act(&self, answers: &str) -> anyhow::Result<DemoRun> {
        let before = self.braze.exchanges().len();
        let (mut events, mut outcome) = (Vec::new(), None);
        let mut transcript = Vec::new();
        Screen::new(&mut transcript, Answers::parse(answers)?, false).run(
            &self.flow,
            Map::new(),
            &mut |event| {
                if let Event::Host(HostEvent::Outcome { outcome: found, .. }) = event {
                    outcome = Some((*found).clone());
                }
                events.push(serde_json::to_value(event)?);
                Ok(())
            },
        )?;
        Ok(DemoRun {
            events,
            requests: self.braze.exchanges().into_iter().skip(before).collect(),
            outcome: outcome.ok_or_else(|| anyhow!("the flow did not call a node"))?,
            transcript: String::from_utf8_lossy(&transcript).into_owned(),
        })
    }
}

fn flow_file(place: &Path) -> PathBuf {
    place.join("flows/onboarding.toml")
}

/// The copy can't find the schema where the example does.
fn without_schema(text: &str) -> String {
    let lines = text.lines().filter(|line| !line.starts_with("#:schema"));
    lines.flat_map(|line| [line, "\n"]).collect()
}

/// Writes a file that nobody else can read, not even for a moment.
fn write_private(path: &Path, text: &str) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)?.write_all(text.as_bytes())
}
