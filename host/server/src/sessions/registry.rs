//! Sessions of flows over HTTP: held in memory, bounded in number and time,
//! and in the store if there is one.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use anyhow::anyhow;
use hospes_deploy::store::{Store, StoreError};

use super::conversation::Talk;
use super::table::{Entry, Full, Table};
use crate::auth::Caller;
use crate::error::{ApiError, INTERNAL, SESSION_BUSY, SESSIONS_FULL, UNKNOWN_SESSION};
use crate::options::Options;
use crate::pool::Pool;
use hospes_deploy::text::visible;

/// How often sessions are looked at that nobody goes on with.
const SWEEP: Duration = Duration::from_secs(10);

/// Every session.
pub(crate) struct Sessions {
    bounds: Bounds,
    store: Option<Arc<Store>>,
    /// Where files are written.
    threads: Arc<Pool>,
    table: Mutex<Table>,
}

/// How many sessions there may be, and for how long.
pub(crate) struct Bounds {
    pub(crate) most: usize,
    /// Of each token, or address without one.
    pub(crate) each: usize,
    /// For how long nobody may have answered.
    pub(crate) idle: Duration,
}

impl Bounds {
    pub(crate) fn of(args: &Options) -> Bounds {
        let half = (args.sessions / 2).max(1);
        Bounds {
            most: args.sessions as usize,
            each: args.caller_sessions.unwrap_or(half) as usize,
            idle: args.session_idle,
        }
    }
}

impl Sessions {
    /// Within these bounds, with those that the store has from an earlier
    /// process.
    pub(crate) fn open(store: Option<Arc<Store>>, bounds: Bounds) -> anyhow::Result<Sessions> {
        let saved = match &store {
            Some(store) => store.sessions().map_err(|error| match error {
                StoreError::SessionKey { .. } => {
                    anyhow!("{error}: give that one with --session-key")
                }
                error => anyhow!("{error}"),
            })?,
            None => Default::default(),
        };
        for damage in saved.damage {
            tracing::error!(target: "hospes::store", "{}", visible(&damage.to_string()));
        }
        let mut table = Table::default();
        for (id, text) in saved.whole {
            match serde_json::from_str::<Talk>(&text) {
                Ok(talk) => {
                    let holder = talk.owner.clone();
                    table.insert(id, talk, false, holder);
                }
                Err(error) => {
                    tracing::error!(target: "hospes::store", %error, "a session can't be read");
                }
            }
        }
        let sessions = Sessions {
            bounds,
            store,
            threads: Arc::new(Pool::new("hospes-session", 8)?),
            table: Mutex::new(table),
        };
        sessions.sweep();
        Ok(sessions)
    }

    /// Lets go what has idled for too long, again and again.
    pub(crate) async fn tidy(self: Arc<Sessions>) {
        let mut tick = tokio::time::interval(SWEEP);
        loop {
            tick.tick().await;
            let sessions = Arc::clone(&self);
            _ = self.threads.run(move || sessions.sweep()).await;
        }
    }

    fn sweep(&self) {
        let now = SystemTime::now();
        let mut table = self.table();
        let mut gone = table.idle(|talk| self.is_old(talk, now));
        gone.iter().for_each(|id| table.remove(id));
        while table.len() > self.bounds.most
            && let Some(id) = table.oldest(|entry| !entry.busy)
        {
            table.remove(&id);
            gone.push(id);
        }
        drop(table);
        self.remove_files(&gone);
    }

    /// Makes room for a session and puts it there. It is gone again unless it
    /// is kept.
    pub(crate) fn admit(
        self: &Arc<Sessions>,
        caller: &Caller,
        talk: Talk,
    ) -> Result<Place, ApiError> {
        let id = uuid::Uuid::new_v4().to_string();
        let (holder, most) = (caller.holder(), self.bounds.most);
        let quota = caller.sessions().unwrap_or(self.bounds.each);
        let mut table = self.table();
        let room = table.make_room(holder.as_deref(), quota, most);
        let gone = room.map_err(|full| {
            let room = match full {
                Full::Quota => format!("this caller may have {quota} sessions at once"),
                Full::All => format!("there is room for {most} sessions"),
            };
            let message =
                format!("{room}, and all are under way: try again when `Retry-After` has passed");
            ApiError::new(&SESSIONS_FULL, message)
        })?;
        table.insert(id.clone(), talk, true, holder);
        drop(table);
        if !gone.is_empty() && self.store.is_some() {
            let sessions = Arc::clone(self);
            tokio::task::spawn_blocking(move || sessions.remove_files(&gone));
        }
        Ok(Place::new(Arc::clone(self), id, false))
    }

    /// Takes a session that passes the check, to go on with it: nobody else can
    /// meanwhile.
    pub(crate) fn take(
        self: &Arc<Sessions>,
        caller: &Caller,
        id: &str,
        check: impl FnOnce(&Talk) -> Result<(), ApiError>,
    ) -> Result<(Talk, Place), ApiError> {
        let mut table = self.table();
        let entry = self.find(&mut table, caller, id)?;
        if entry.busy {
            let message = "the session is at another answer: look at it, and try again";
            return Err(ApiError::new(&SESSION_BUSY, message));
        }
        check(&entry.talk)?;
        entry.busy = true;
        let talk = entry.talk.clone();
        drop(table);
        Ok((talk, Place::new(Arc::clone(self), id.to_owned(), true)))
    }

    /// A session as it stands, and whether somebody goes on with it.
    pub(crate) fn look(&self, caller: &Caller, id: &str) -> Result<(Talk, bool), ApiError> {
        let mut table = self.table();
        let entry = self.find(&mut table, caller, id)?;
        Ok((entry.talk.clone(), entry.busy))
    }

    /// A session of this caller's: those of others are not there.
    fn find<'e>(
        &self,
        table: &'e mut Table,
        caller: &Caller,
        id: &str,
    ) -> Result<&'e mut Entry, ApiError> {
        let now = SystemTime::now();
        let found = table
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
            .is_ok_and(|idle| idle > self.bounds.idle)
    }

    /// One system call each, and one forced write.
    fn remove_files(&self, ids: &[String]) {
        let Some(store) = self.store.as_ref().filter(|_| !ids.is_empty()) else {
            return;
        };
        if let Err(error) = store.remove_sessions(ids) {
            tracing::warn!(target: "hospes::store", "an old session stays on disk: {}", error_kind(&error));
        }
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Held by the one who goes on with a session; given back when dropped.
pub(crate) struct Place {
    sessions: Arc<Sessions>,
    id: String,
    kept: bool,
}

impl Place {
    pub(crate) fn new(sessions: Arc<Sessions>, id: String, kept: bool) -> Place {
        Place { sessions, id, kept }
    }

    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    /// Keeps the session as it stands now: on disk first, if there is a store.
    /// If that fails, it stays as it was. One that is over is on disk no longer;
    /// in memory its end can be looked at for a while.
    pub(crate) async fn keep(&mut self, talk: &mut Talk) -> Result<(), ApiError> {
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
    pub(crate) fn hold(&mut self, talk: &Talk) {
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

/// The error without the path, which has the session's id in it.
fn error_kind(error: &StoreError) -> String {
    match error {
        StoreError::Io { error, .. } => error.to_string(),
        _ => "the store can't be used".to_owned(),
    }
}
