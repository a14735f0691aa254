//! Sessions of flows over HTTP: in memory and, if there is one, in the store;
//! bounded in number and time.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use anyhow::anyhow;
use hospes_deploy::store::{Store, StoreError};

use super::conversation::Conversation;
use super::table::{Entry, Full, Table};
use crate::auth::Caller;
use crate::error::{ApiError, INTERNAL, SESSION_BUSY, SESSIONS_FULL, UNKNOWN_SESSION};
#[cfg(feature = "serve")]
use crate::options::Options;
use crate::pool::Pool;
use crate::setup::Setup;
use hospes_deploy::text::visible;

/// How often idle sessions are looked for.
const SWEEP: Duration = Duration::from_secs(10);

/// Every session.
pub(crate) struct Sessions {
    limits: SessionLimits,
    store: Option<Arc<Store>>,
    /// The threads that write files.
    threads: Arc<Pool>,
    table: Mutex<Table>,
}

/// How many sessions there may be, and how long they stay.
pub(crate) struct SessionLimits {
    pub(crate) most: usize,
    /// Of each token, or of each address without one.
    pub(crate) each: usize,
    /// How long they may be idle.
    pub(crate) idle: Duration,
}

#[cfg(feature = "serve")]
impl SessionLimits {
    pub(crate) fn of(args: &Options) -> SessionLimits {
        let half = (args.sessions / 2).max(1);
        SessionLimits {
            most: args.sessions as usize,
            each: args.caller_sessions.unwrap_or(half) as usize,
            idle: args.session_idle,
        }
    }
}

impl Sessions {
    /// A registry within these limits, with the sessions that the store has
    /// from an earlier process.
    pub(crate) fn open(
        store: Option<Arc<Store>>,
        limits: SessionLimits,
        setup: Setup,
    ) -> anyhow::Result<Sessions> {
        let saved = match &store {
            Some(store) => store.sessions().map_err(|error| match error {
                StoreError::SessionKey { .. } => {
                    let setting = setup.name("--session-key", "`Store::encrypt_sessions`");
                    anyhow!("{error}: give it with {setting}")
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
            match serde_json::from_str::<Conversation>(&text) {
                Ok(conversation) => {
                    let holder = conversation.owner.clone();
                    table.insert(id, conversation, false, holder);
                }
                Err(error) => {
                    tracing::error!(target: "hospes::store", %error, "a session can't be read");
                }
            }
        }
        let sessions = Sessions {
            limits,
            store,
            threads: Arc::new(Pool::new("hospes-session", 8)?),
            table: Mutex::new(table),
        };
        sessions.sweep();
        Ok(sessions)
    }

    /// Removes sessions that were idle for too long, at intervals, for ever.
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
        let mut gone = table.idle(|conversation| self.is_old(conversation, now));
        gone.iter().for_each(|id| table.remove(id));
        while table.len() > self.limits.most
            && let Some(id) = table.oldest(|entry| !entry.busy)
        {
            table.remove(&id);
            gone.push(id);
        }
        drop(table);
        self.remove_files(&gone);
    }

    /// Makes room for a session and adds it. It is removed again unless it is
    /// stored.
    pub(crate) fn admit(
        self: &Arc<Sessions>,
        caller: &Caller,
        conversation: Conversation,
    ) -> Result<SessionLease, ApiError> {
        let id = uuid::Uuid::new_v4().to_string();
        let (holder, most) = (caller.holder(), self.limits.most);
        let quota = caller.sessions().unwrap_or(self.limits.each);
        let mut table = self.table();
        let room = table.make_room(holder.as_deref(), quota, most);
        let gone = room.map_err(|full| {
            let room = match full {
                Full::Quota => format!("this caller may have {quota} sessions at once"),
                Full::All => format!("there is room for {most} sessions"),
            };
            let message =
                format!("{room}, and all of them are in use: try again after `Retry-After`");
            ApiError::new(&SESSIONS_FULL, message)
        })?;
        table.insert(id.clone(), conversation, true, holder);
        drop(table);
        if !gone.is_empty() && self.store.is_some() {
            let sessions = Arc::clone(self);
            tokio::task::spawn_blocking(move || sessions.remove_files(&gone));
        }
        Ok(SessionLease::new(Arc::clone(self), id, false))
    }

    /// Leases a session that passes the check. Nobody else can continue it
    /// meanwhile.
    pub(crate) fn take(
        self: &Arc<Sessions>,
        caller: &Caller,
        id: &str,
        check: impl FnOnce(&Conversation) -> Result<(), ApiError>,
    ) -> Result<(Conversation, SessionLease), ApiError> {
        let mut table = self.table();
        let entry = self.find(&mut table, caller, id)?;
        if entry.busy {
            let message = "the session is still processing another answer: wait and try again";
            return Err(ApiError::new(&SESSION_BUSY, message));
        }
        check(&entry.conversation)?;
        entry.busy = true;
        let conversation = entry.conversation.clone();
        drop(table);
        Ok((
            conversation,
            SessionLease::new(Arc::clone(self), id.to_owned(), true),
        ))
    }

    /// A session, and whether it is leased.
    pub(crate) fn look(&self, caller: &Caller, id: &str) -> Result<(Conversation, bool), ApiError> {
        let mut table = self.table();
        let entry = self.find(&mut table, caller, id)?;
        Ok((entry.conversation.clone(), entry.busy))
    }

    /// A session of this caller. Those of others don't exist for it.
    fn find<'e>(
        &self,
        table: &'e mut Table,
        caller: &Caller,
        id: &str,
    ) -> Result<&'e mut Entry, ApiError> {
        let now = SystemTime::now();
        let found = table
            .get_mut(id)
            .filter(|entry| entry.conversation.owner.as_deref() == caller.name())
            .filter(|entry| entry.busy || !self.is_old(&entry.conversation, now));
        found.ok_or_else(|| {
            let message = "there is no such session, or it was idle for too long";
            ApiError::new(&UNKNOWN_SESSION, message)
        })
    }

    fn is_old(&self, conversation: &Conversation, now: SystemTime) -> bool {
        now.duration_since(conversation.seen)
            .is_ok_and(|idle| idle > self.limits.idle)
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

/// A lease for continuing a session, released when dropped.
pub(crate) struct SessionLease {
    sessions: Arc<Sessions>,
    id: String,
    kept: bool,
}

impl SessionLease {
    pub(crate) fn new(sessions: Arc<Sessions>, id: String, kept: bool) -> SessionLease {
        SessionLease { sessions, id, kept }
    }

    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    /// Stores the session, on disk first, if there is a store. If that fails, it
    /// stays as it was. One that has ended is removed from disk; in memory, its
    /// end stays readable for a while.
    pub(crate) async fn keep(&mut self, conversation: &mut Conversation) -> Result<(), ApiError> {
        conversation.seen = SystemTime::now();
        if let Some(store) = &self.sessions.store {
            let (store, id) = (Arc::clone(store), self.id.clone());
            let text = match conversation.is_ended() {
                true => None,
                false => Some(conversation.to_json()?),
            };
            let threads = Arc::clone(&self.sessions.threads);
            let saved = threads.run(move || match text {
                Some(text) => store.save_session(&id, &text),
                None => store.remove_sessions(&[id]),
            });
            saved.await?.map_err(|error| {
                let message = format!("the session can't be stored: {}", error_kind(&error));
                ApiError::new(&INTERNAL, message)
            })?;
        }
        self.hold(conversation);
        Ok(())
    }

    /// Stores it in memory only.
    pub(crate) fn hold(&mut self, conversation: &Conversation) {
        if let Some(entry) = self.sessions.table().get_mut(&self.id) {
            entry.conversation = conversation.clone();
        }
        self.kept = true;
    }
}

impl Drop for SessionLease {
    fn drop(&mut self) {
        let mut table = self.sessions.table();
        if !self.kept {
            table.remove(&self.id);
        } else if let Some(entry) = table.get_mut(&self.id) {
            entry.busy = false;
        }
    }
}

/// The error without the path, which contains the session's id.
fn error_kind(error: &StoreError) -> String {
    match error {
        StoreError::Io { error, .. } => error.to_string(),
        _ => "the store can't be used".to_owned(),
    }
}
