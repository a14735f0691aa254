//! The path of a recorded run.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use anyhow::{anyhow, bail};
use hospes_solution::Flow;
use serde_json::Value;

/// Steps that were entered, and edges that were taken.
#[derive(Default)]
pub(super) struct RecordedPath {
    steps: BTreeSet<String>,
    edges: BTreeSet<(String, String)>,
}

impl RecordedPath {
    /// Reads the lines that `hospes flow run` printed.
    pub(super) fn read(file: &Path, flow: &Flow) -> anyhow::Result<RecordedPath> {
        let shown = file.display();
        let text =
            fs::read_to_string(file).map_err(|error| anyhow!("can't read {shown}: {error}"))?;
        let mut way = RecordedPath::default();
        let mut started = false;
        for (index, line) in text.lines().enumerate() {
            let event: Value = serde_json::from_str(line)
                .map_err(|error| anyhow!("{shown}:{}: {error}", index + 1))?;
            let word = |name: &str| event.get(name).and_then(Value::as_str).map(str::to_owned);
            match word("event").as_deref() {
                Some("start") => {
                    started = true;
                    if word("revision").as_deref() != Some(&flow.revision) {
                        bail!(
                            "{shown}: this run is of another flow, or of another revision of it: `{}` has revision {} now",
                            flow.name,
                            flow.revision
                        );
                    }
                    way.steps.insert(flow.start().to_owned());
                }
                Some("edge") => {
                    if let (Some(from), Some(edge), Some(to)) =
                        (word("from"), word("edge"), word("to"))
                    {
                        way.steps.insert(to);
                        way.edges.insert((from, edge));
                    }
                }
                _ => {}
            }
        }
        if !started {
            bail!("{shown}: this is not a recorded run: it has no event `start`");
        }
        Ok(way)
    }

    /// Whether the step was entered.
    pub(super) fn entered(&self, step: &str) -> bool {
        self.steps.contains(step)
    }

    /// Whether the edge was taken.
    pub(super) fn took(&self, step: &str, edge: &str) -> bool {
        self.edges.contains(&(step.to_owned(), edge.to_owned()))
    }
}
