//! What has served of a node: what this process did, and before it what the
//! store remembers.

use hospes::{HistoryEntry, How, RevisionId};
use hospes_solution::store::Manifest;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::Desk;
use crate::command::serve::document::RevisionDocument;
use crate::command::serve::error::ApiError;
use crate::command::serve::stream;

/// One line of a node's history.
#[derive(Serialize, ToSchema)]
pub(in crate::command::serve) struct HistoryDocument {
    #[schema(value_type = RevisionDocument)]
    revision: RevisionId,
    /// When it happened.
    at: String,
    /// `loaded`, `swapped`, `uploaded`, `rolled-back`, `tried`, `promoted`,
    /// `aborted`, `quarantined`, `recovered` or `removed`; some have `from`,
    /// `to`, `reason` or the rollout beside it.
    how: String,
    /// In the words of whoever did it.
    note: String,
    /// Executions that run on the revision now.
    #[schema(minimum = 0)]
    running: u64,
    /// `serving`, `trial`, `draining`, `kept` (in memory, for a rollback at once),
    /// `stored` (on disk, for a rollback) or `freed`.
    state: String,
    #[serde(flatten)]
    #[schema(ignore)]
    more: Map<String, Value>,
}

impl Desk {
    /// A node's history, oldest first.
    pub(in crate::command::serve) fn history(
        &self,
        node: &str,
    ) -> Result<Vec<HistoryDocument>, ApiError> {
        let now = self.runtime.history(node);
        let stored = self
            .store
            .as_ref()
            .map(|store| store.history(node))
            .unwrap_or_default();
        if now.is_none() && stored.is_empty() {
            return Err(self.unknown(node));
        }
        let now = now.unwrap_or_default();
        let of = |generation| {
            let mut stored = stored.iter();
            stored.find(|manifest| manifest.generation == generation)
        };
        let here = |manifest: &&Manifest| {
            let mut now = now.iter();
            now.any(|entry| entry.revision.generation == manifest.generation)
        };
        let earlier = stored.iter().filter(|manifest| !here(manifest));
        let mut lines: Vec<HistoryDocument> = earlier.map(remembered).collect();
        for entry in &now {
            let mut line = told(entry)?;
            if let Some(manifest) = of(entry.revision.generation) {
                if line.state == "freed" {
                    line.state = "stored".to_owned();
                }
                // What this process restored happened earlier, and otherwise.
                let restored = matches!(entry.how, How::Loaded | How::Swapped { .. });
                if restored && manifest.at < self.started {
                    line = HistoryDocument {
                        running: line.running,
                        state: line.state,
                        ..remembered(manifest)
                    };
                }
            }
            lines.push(line);
        }
        lines.sort_by_key(|line| line.at.parse::<Timestamp>().ok());
        Ok(lines)
    }
}

fn remembered(manifest: &Manifest) -> HistoryDocument {
    let mut revision = RevisionId::default();
    revision.digest.clone_from(&manifest.digest);
    revision.generation = manifest.generation;
    revision.version.clone_from(&manifest.version);
    let how = serde_json::to_value(manifest.change).unwrap_or_default();
    HistoryDocument {
        revision,
        at: manifest.at.to_string(),
        how: how.as_str().unwrap_or_default().to_owned(),
        note: manifest.why.clone(),
        running: 0,
        state: "stored".to_owned(),
        more: Map::new(),
    }
}

/// A line of the runtime, whose own JSON has the right words.
fn told(entry: &HistoryEntry) -> Result<HistoryDocument, ApiError> {
    let json: Value = serde_json::from_str(&stream::json(entry)?).unwrap_or_default();
    let mut json = json.as_object().cloned().unwrap_or_default();
    let mut text = |key: &str| match json.remove(key) {
        Some(Value::String(text)) => text,
        _ => String::new(),
    };
    let (at, how, note, state) = (text("at"), text("how"), text("note"), text("state"));
    json.remove("revision");
    json.remove("running");
    Ok(HistoryDocument {
        revision: (*entry.revision).clone(),
        at,
        how,
        note,
        running: entry.running,
        state,
        more: json,
    })
}
