//! A node's history, as the API shows it.

use hospes::outcome::RevisionId;
use hospes_deploy::{HistoryEvent, HistoryRecord};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::library::RevisionDocument;
use crate::error::{ApiError, INTERNAL};

/// One record of a node's history.
#[derive(Serialize, ToSchema)]
pub(crate) struct HistoryDocument {
    #[schema(value_type = RevisionDocument)]
    revision: RevisionId,
    /// When it happened.
    at: String,
    /// `loaded`, `swapped`, `uploaded`, `rolled-back`, `tried`, `promoted`,
    /// `aborted`, `quarantined`, `recovered` or `removed`. Some have `from`,
    /// `to`, `reason` or the rollout in addition.
    how: String,
    /// The reason, in the operator's words.
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

impl HistoryDocument {
    pub(crate) fn of(record: HistoryRecord) -> Result<HistoryDocument, ApiError> {
        let happened = match &record.happened {
            HistoryEvent::Here(how) => json(how)?,
            HistoryEvent::Before(change) => json(change)?,
            _ => Value::Null,
        };
        let (how, more) = match happened {
            Value::Object(mut more) => (more.remove("how").unwrap_or_default(), more),
            word => (word, Map::new()),
        };
        let state = match &record.here {
            Some(entry) => word(&json(&entry.state)?),
            None => "freed".to_owned(),
        };
        let state = match &*state {
            "freed" if record.stored => "stored".to_owned(),
            _ => state,
        };
        Ok(HistoryDocument {
            revision: record.revision,
            at: record.at.to_string(),
            how: word(&how),
            note: record.note,
            running: record.here.map_or(0, |entry| entry.running),
            state,
            more,
        })
    }
}

fn json(value: &impl Serialize) -> Result<Value, ApiError> {
    serde_json::to_value(value).map_err(|error| ApiError::new(&INTERNAL, error.to_string()))
}

fn word(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
