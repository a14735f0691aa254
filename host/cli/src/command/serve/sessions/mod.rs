//! Sessions of flows over HTTP: held in memory, bounded in number and time,
//! and in the store if there is one.

mod document;
mod flows;
mod place;
mod play;
pub(super) mod routes;
mod talk;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use anyhow::anyhow;
use hospes_solution::store::Store;

use super::auth::Caller;
use super::error::{ApiError, SESSION_BUSY, SESSIONS_FULL, UNKNOWN_SESSION};
use crate::terminal::visible;
use place::Place;
use talk::Talk;

pub(super) use flows::Flows;

/// How often sessions are looked at that nobody goes on with.
const SWEEP: Duration = Duration::from_secs(10);

/// Every session.
pub(super) struct Sessions {
    most: usize,
    idle: Duration,
    store: Option<Arc<Store>>,
    entries: Mutex<HashMap<String, Entry>>,
}

struct Entry {
    talk: Talk,
    /// Whether somebody goes on with it right now.
    busy: bool,
}

impl Sessions {
    /// As many as `most`, each for as long as nobody has answered for `idle`;
    /// with those that the store has from an earlier process.
    pub(super) fn open(
        store: Option<Arc<Store>>,
        most: usize,
        idle: Duration,
    ) -> anyhow::Result<Sessions> {
        let saved = match &store {
            Some(store) => store.sessions().map_err(|error| anyhow!("{error}"))?,
            None => Default::default(),
        };
        for damage in saved.damage {
            tracing::error!(target: "hospes::store", "{}", visible(&damage.to_string()));
        }
        let mut entries = HashMap::new();
        for (id, text) in saved.whole {
            match serde_json::from_str(&text) {
                Ok(talk) => _ = entries.insert(id, Entry { talk, busy: false }),
                Err(error) => {
                    tracing::error!(target: "hospes::store", %error, "a session can't be read");
                }
            }
        }
        let sessions = Sessions {
            most,
            idle,
            store,
            entries: Mutex::new(entries),
        };
        sessions.sweep();
        Ok(sessions)
    }

    /// Lets go what has idled for too long, again and again.
    pub(super) async fn tidy(self: Arc<Sessions>) {
        let mut tick = tokio::time::interval(SWEEP);
        loop {
            tick.tick().await;
            let sessions = Arc::clone(&self);
            _ = tokio::task::spawn_blocking(move || sessions.sweep()).await;
        }
    }

    fn sweep(&self) {
        let now = SystemTime::now();
        let mut gone = Vec::new();
        let mut entries = self.entries();
        entries.retain(|id, entry| {
            let stays = entry.busy || !self.is_old(&entry.talk, now);
            if !stays {
                gone.push(id.clone());
            }
            stays
        });
        while entries.len() > self.most
            && let Some(id) = oldest(&entries)
        {
            entries.remove(&id);
            gone.push(id);
        }
        drop(entries);
        self.remove_files(&gone);
    }

    /// Makes room for a session and puts it there. It is gone again unless it
    /// is kept.
    fn admit(self: &Arc<Sessions>, talk: Talk) -> Result<Place, ApiError> {
        let id = uuid::Uuid::new_v4().to_string();
        let mut entries = self.entries();
        let mut gone = Vec::new();
        while entries.len() >= self.most {
            let Some(oldest) = oldest(&entries) else {
                let message = format!(
                    "all {} sessions are at an answer: try again when `Retry-After` has passed",
                    self.most
                );
                return Err(ApiError::new(&SESSIONS_FULL, message));
            };
            entries.remove(&oldest);
            gone.push(oldest);
        }
        entries.insert(id.clone(), Entry { talk, busy: true });
        drop(entries);
        self.remove_files(&gone);
        Ok(Place::new(Arc::clone(self), id, false))
    }

    /// Takes a session that passes the check, to go on with it: nobody else can
    /// meanwhile.
    fn take(
        self: &Arc<Sessions>,
        caller: &Caller,
        id: &str,
        check: impl FnOnce(&Talk) -> Result<(), ApiError>,
    ) -> Result<(Talk, Place), ApiError> {
        let mut entries = self.entries();
        let entry = self.find(&mut entries, caller, id)?;
        if entry.busy {
            let message = "the session is at another answer: look at it, and try again";
            return Err(ApiError::new(&SESSION_BUSY, message));
        }
        check(&entry.talk)?;
        entry.busy = true;
        let talk = entry.talk.clone();
        drop(entries);
        Ok((talk, Place::new(Arc::clone(self), id.to_owned(), true)))
    }

    /// A session as it stands.
    fn look(&self, caller: &Caller, id: &str) -> Result<Talk, ApiError> {
        Ok(self.find(&mut self.entries(), caller, id)?.talk.clone())
    }

    /// A session of this caller's: those of others are not there.

    fn find<'e>(
        &self,
        entries: &'e mut HashMap<String, Entry>,
        caller: &Caller,
        id: &str,
    ) -> Result<&'e mut Entry, ApiError> {
        let now = SystemTime::now();
        let found = entries
            .get_mut(id)
            .filter(|entry| entry.talk.owner.as_deref() == caller.name())
            .filter(|entry| entry.busy || !self.is_old(&entry.talk, now));
        found.ok_or_else(|| {
            let message = "there is no such session: it never was, or it idled for too long";
            ApiError::new(&UNKNOWN_SESSION, message)
        })
    }

    fn is_old(&self, talk: &Talk, now: SystemTime) -> bool {
        now.duration_since(talk.seen)
            .is_ok_and(|idle| idle > self.idle)
    }

    /// One short system call each.
    fn remove_files(&self, ids: &[String]) {
        let Some(store) = &self.store else { return };
        for id in ids {
            if let Err(error) = store.remove_session(id) {
                tracing::warn!(target: "hospes::store", "an old session stays on disk: {}", error_kind(&error));
            }
        }
    }

    fn entries(&self) -> MutexGuard<'_, HashMap<String, Entry>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The one that has idled longest.
fn oldest(entries: &HashMap<String, Entry>) -> Option<String> {
    let idle = entries.iter().filter(|(_, entry)| !entry.busy);
    let oldest = idle.min_by_key(|(_, entry)| entry.talk.seen);
    oldest.map(|(id, _)| id.clone())
}

/// The error without the path, which has the session's id in it.
fn error_kind(error: &hospes_solution::store::StoreError) -> String {
    match error {
        hospes_solution::store::StoreError::Io { error, .. } => error.to_string(),
        _ => "the store can't be used".to_owned(),
    }
}
