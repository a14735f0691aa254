//! The right to go on with a session.

use std::sync::Arc;
use std::time::SystemTime;

use super::super::error::{ApiError, INTERNAL};
use super::{Sessions, Talk, error_kind};

/// Held by the one who goes on with a session; given back when dropped.
pub(super) struct Place {
    sessions: Arc<Sessions>,
    id: String,
    kept: bool,
}

impl Place {
    pub(super) fn new(sessions: Arc<Sessions>, id: String, kept: bool) -> Place {
        Place { sessions, id, kept }
    }

    pub(super) fn id(&self) -> &str {
        &self.id
    }

    /// Keeps the session as it stands now: on disk first, if there is a store.
    /// If that fails, it stays as it was. One that is over is on disk no longer;
    /// in memory its end can be looked at for a while.
    pub(super) async fn keep(&mut self, talk: &mut Talk) -> Result<(), ApiError> {
        talk.seen = SystemTime::now();
        if let Some(store) = &self.sessions.store {
            let (store, id) = (Arc::clone(store), self.id.clone());
            let text = match talk.is_ended() {
                true => None,
                false => Some(talk.to_json()?),
            };
            let threads = Arc::clone(&self.sessions.threads);
            let saved = threads.run(move || match text {
                Some(text) => store.save_session(&id, &text),
                None => store.remove_sessions(&[id]),
            });
            saved.await?.map_err(|error| {
                let message = format!("the store can't keep the session: {}", error_kind(&error));
                ApiError::new(&INTERNAL, message)
            })?;
        }
        self.hold(talk);
        Ok(())
    }

    /// Keeps it in memory only.
    pub(super) fn hold(&mut self, talk: &Talk) {
        if let Some(entry) = self.sessions.table().get_mut(&self.id) {
            entry.talk = talk.clone();
        }
        self.kept = true;
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut table = self.sessions.table();
        if !self.kept {
            table.remove(&self.id);
        } else if let Some(entry) = table.get_mut(&self.id) {
            entry.busy = false;
        }
    }
}
