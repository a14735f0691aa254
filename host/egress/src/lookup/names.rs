//! The names of one transport: what is known of them, and what is being looked
//! up. Each name is looked up once at a time.

use std::collections::HashMap;
use std::io;
use std::net::IpAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tokio::sync::watch;

use super::kept::Kept;
use crate::lock::lock;

type Addresses = Arc<[IpAddr]>;

pub(super) struct Names(Mutex<State>);

struct State {
    kept: Kept,
    /// Lookups that run. Each has a thread, which bounds them.
    running: HashMap<String, watch::Receiver<Option<Addresses>>>,
}

/// What is known of a name now, or soon.
pub(super) enum Answer {
    Kept(Addresses),
    Running(watch::Receiver<Option<Addresses>>),
}

impl Answer {
    /// `None` if the name could not be resolved.
    pub(super) async fn addresses(self) -> Option<Addresses> {
        match self {
            Answer::Kept(addresses) => Some(addresses),
            Answer::Running(mut answer) => answer.wait_for(Option::is_some).await.ok()?.clone(),
        }
    }
}

/// Who looks a name up.
pub(super) enum Begun {
    /// Another has begun, or has ended.
    Before(Answer),
    /// Whoever gets this.
    Now(Lookup, Answer),
}

impl Names {
    /// Keeps what is found for this time.
    pub(super) fn new(keep: Duration) -> Names {
        Names(Mutex::new(State {
            kept: Kept::new(keep),
            running: HashMap::new(),
        }))
    }

    pub(super) fn find(&self, host: &str) -> Option<Answer> {
        lock(&self.0).find(host)
    }

    pub(super) fn begin(self: &Arc<Names>, host: &str) -> Begun {
        let mut state = lock(&self.0);
        if let Some(answer) = state.find(host) {
            return Begun::Before(answer);
        }
        let (found, answer) = watch::channel(None);
        state.running.insert(host.to_owned(), answer.clone());
        let lookup = Lookup {
            names: Arc::clone(self),
            host: host.to_owned(),
            found,
        };
        Begun::Now(lookup, Answer::Running(answer))
    }
}

impl State {
    fn find(&self, host: &str) -> Option<Answer> {
        if let Some(addresses) = self.kept.get(host, Instant::now()) {
            return Some(Answer::Kept(addresses));
        }
        self.running.get(host).cloned().map(Answer::Running)
    }
}

/// A lookup that runs. When it is dropped without addresses, those who wait
/// know that the name could not be resolved.
pub(super) struct Lookup {
    names: Arc<Names>,
    host: String,
    found: watch::Sender<Option<Addresses>>,
}

impl Lookup {
    /// Blocks.
    pub(super) fn run(self, resolve: impl FnOnce(&str) -> io::Result<Vec<IpAddr>>) {
        let Ok(addresses) = resolve(&self.host) else {
            return;
        };
        let addresses = Addresses::from(addresses);
        let mut state = lock(&self.names.0);
        state.kept.put(&self.host, &addresses, Instant::now());
        // Before anybody hears of it: whoever asks afterwards gets what is kept,
        // or a lookup of its own.
        state.running.remove(&self.host);
        drop(state);
        self.found.send_replace(Some(addresses));
    }
}

impl Drop for Lookup {
    fn drop(&mut self) {
        if self.found.borrow().is_none() {
            lock(&self.names.0).running.remove(&self.host);
        }
    }
}
