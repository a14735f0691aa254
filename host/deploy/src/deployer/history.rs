//! A node's history: what happened in this process, and before that, what the
//! store remembers.

use crate::store::{Change, Manifest};
use hospes::outcome::RevisionId;
use hospes::swap::{ChangeKind, HistoryEntry};
use jiff::Timestamp;

use super::state::Deployer;
use crate::error::DeployError;

/// One record of a node's history.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct HistoryRecord {
    /// The revision.
    pub revision: RevisionId,
    /// When it happened.
    pub at: Timestamp,
    /// What happened.
    pub happened: HistoryEvent,
    /// Why, in the caller's words.
    pub note: String,
    /// The state of the revision in this process; none if it is only in the
    /// store.
    pub here: Option<HistoryEntry>,
    /// Whether the store has it for a rollback.
    pub stored: bool,
}

/// What happened to a revision.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum HistoryEvent {
    /// In this process, as the runtime reports it.
    Here(ChangeKind),
    /// In an earlier process, as the store remembers it.
    Before(Change),
}

impl Deployer {
    /// A node's history, oldest first: what happened in this process, and before
    /// that, what the store remembers.
    ///
    /// # Errors
    ///
    /// If there never was such a node.
    pub fn history(&self, node: &str) -> Result<Vec<HistoryRecord>, DeployError> {
        let now = self.runtime.history(node);
        let stored = self.store.as_ref().map(|store| store.history(node));
        let stored = stored.unwrap_or_default();
        if now.is_none() && stored.is_empty() {
            return Err(self.unknown(node));
        }
        let now = now.unwrap_or_default();
        let here = |manifest: &&Manifest| {
            let mut now = now.iter();
            now.any(|entry| entry.revision.generation == manifest.generation)
        };
        let earlier = stored.iter().filter(|manifest| !here(manifest));
        let mut records: Vec<HistoryRecord> = earlier.map(remembered).collect();
        for entry in now {
            let generation = entry.revision.generation;
            let manifest = stored.iter().find(|one| one.generation == generation);
            // What this process restored happened earlier; the store has the
            // original record.
            let restored = matches!(entry.how, ChangeKind::Loaded | ChangeKind::Swapped { .. });
            let before = manifest.filter(|manifest| restored && manifest.at < self.started);
            records.push(match before {
                Some(manifest) => HistoryRecord {
                    here: Some(entry),
                    ..remembered(manifest)
                },
                None => told(entry, manifest.is_some()),
            });
        }
        records.sort_by_key(|record| record.at);
        Ok(records)
    }
}

fn remembered(manifest: &Manifest) -> HistoryRecord {
    let mut revision = RevisionId::default();
    revision.digest.clone_from(&manifest.digest);
    revision.generation = manifest.generation;
    revision.version.clone_from(&manifest.version);
    HistoryRecord {
        revision,
        at: manifest.at,
        happened: HistoryEvent::Before(manifest.change),
        note: manifest.why.clone(),
        here: None,
        stored: true,
    }
}

fn told(entry: HistoryEntry, stored: bool) -> HistoryRecord {
    HistoryRecord {
        revision: (*entry.revision).clone(),
        // A time that can't be represented is left out.
        at: Timestamp::try_from(entry.at).unwrap_or_default(),
        happened: HistoryEvent::Here(entry.how.clone()),
        note: entry.note.clone(),
        stored,
        here: Some(entry),
    }
}
