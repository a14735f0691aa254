//! The connections of one transport.
//!
//! A connection serves the scheme, host and port that it was opened for, and
//! only requests whose checked addresses contain its own. It is never used for
//! another host, even if its certificate would do for that.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::sync::{Arc, Mutex};

use tokio::runtime::Id;

use super::connection::{Connection, Sender};
use super::head::Origin;
use crate::lock::lock;

/// How many keys are known until those without a connection are forgotten.
const MAX_KEYS: usize = 64;

/// What connections are kept by: besides the origin, the tokio runtime that
/// drives them, since they end with it.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct Key {
    pub(super) origin: Origin,
    pub(super) runtime: Id,
}

/// The connections that are open to one key.
#[derive(Default)]
struct Open {
    /// HTTP/1.1, idle.
    idle: Vec<Connection>,
    /// HTTP/2, in use or not.
    shared: Vec<Arc<Connection>>,
    /// Whoever opens a connection that others may want to share has this.
    turn: Arc<tokio::sync::Mutex<()>>,
    /// The upstream is known to speak HTTP/1.1 only.
    is_http1: bool,
}

impl Open {
    fn is_unused(&self) -> bool {
        self.idle.is_empty() && self.shared.is_empty() && Arc::strong_count(&self.turn) == 1
    }
}

pub(super) struct Pool {
    open: Mutex<HashMap<Key, Open>>,
    max_idle: usize,
    next: AtomicU64,
}

impl Pool {
    pub(super) fn new(max_idle: usize) -> Pool {
        Pool {
            open: Mutex::default(),
            max_idle,
            next: AtomicU64::new(0),
        }
    }

    /// A number for a new connection.
    pub(super) fn number(&self) -> u64 {
        self.next.fetch_add(1, SeqCst)
    }

    /// A connection for a request to one of these addresses.
    pub(super) fn take(self: &Arc<Pool>, key: &Key, addresses: &[SocketAddr]) -> Option<Lease> {
        let mut closed = Vec::new();
        let mut all = lock(&self.open);
        let open = all.get_mut(key)?;
        let usable =
            |shared: &&Arc<Connection>| addresses.contains(&shared.address) && shared.has_room();
        let mut held = open.shared.iter().find(usable).cloned().map(Held::Http2);
        while held.is_none() {
            let is_judged = |idle: &Connection| addresses.contains(&idle.address);
            let Some(at) = open.idle.iter().rposition(is_judged) else {
                break;
            };
            let idle = open.idle.remove(at);
            if idle.is_silent() {
                held = Some(Held::Http1(idle));
            } else {
                closed.push(idle);
            }
        }
        drop(all);
        Some(self.lease(key, held?))
    }

    /// A new connection, which others may share from now on if it is HTTP/2.
    pub(super) fn add(self: &Arc<Pool>, key: &Key, connection: Connection) -> Lease {
        let mut all = lock(&self.open);
        let open = all.entry(key.clone()).or_default();
        let held = match connection.sender {
            Sender::Http1(_) => {
                open.is_http1 = key.origin.is_https;
                Held::Http1(connection)
            }
            Sender::Http2(_) => {
                open.is_http1 = false;
                let connection = Arc::new(connection);
                open.shared.push(Arc::clone(&connection));
                Held::Http2(connection)
            }
        };
        drop(all);
        self.lease(key, held)
    }

    fn lease(self: &Arc<Pool>, key: &Key, held: Held) -> Lease {
        held.connection().meter.begin();
        Lease {
            pool: Arc::clone(self),
            key: key.clone(),
            held: Some(held),
        }
    }

    /// Whose turn it is to open a connection; `None` if nobody has to wait for
    /// another, because no connection will be shared.
    pub(super) fn turn(&self, key: &Key) -> Option<Arc<tokio::sync::Mutex<()>>> {
        if !key.origin.is_https {
            return None;
        }
        let mut all = lock(&self.open);
        if all.len() >= MAX_KEYS {
            all.retain(|_, open| !open.is_unused());
        }
        let open = all.entry(key.clone()).or_default();
        (!open.is_http1).then(|| Arc::clone(&open.turn))
    }

    /// Keeps a connection of HTTP/1.1 for the next request.
    fn keep(&self, key: &Key, connection: Connection) {
        let mut all = lock(&self.open);
        let idle: usize = all.values().map(|open| open.idle.len()).sum();
        if idle < self.max_idle && !connection.is_closed() {
            all.entry(key.clone()).or_default().idle.push(connection);
        } else {
            // It is closed after the lock has been released.
            drop(all);
            drop(connection);
        }
    }

    /// Forgets a connection that takes no more requests. Those that it has go
    /// on.
    pub(super) fn forget(&self, key: &Key, id: u64) {
        let mut forgotten = Vec::new();
        let mut all = lock(&self.open);
        if let Some(open) = all.get_mut(key) {
            forgotten.extend(open.idle.extract_if(.., |idle| idle.id == id));
            open.shared.retain(|shared| shared.id != id);
            if open.is_unused() {
                all.remove(key);
            }
        }
        drop(all);
    }
}

enum Held {
    Http1(Connection),
    Http2(Arc<Connection>),
}

impl Held {
    fn connection(&self) -> &Connection {
        match self {
            Held::Http1(connection) => connection,
            Held::Http2(connection) => connection,
        }
    }
}

/// A connection for one request. Dropping it before the request has ended
/// closes a connection of HTTP/1.1; one of HTTP/2 serves the others on.
pub(super) struct Lease {
    pool: Arc<Pool>,
    key: Key,
    /// `None` only while it is dropped.
    held: Option<Held>,
}

impl Lease {
    pub(super) fn connection(&self) -> Option<&Connection> {
        self.held.as_ref().map(Held::connection)
    }

    /// What sends the request over HTTP/1.1.
    pub(super) fn exclusive(&mut self) -> Option<&mut Connection> {
        match &mut self.held {
            Some(Held::Http1(connection)) => Some(connection),
            _ => None,
        }
    }

    /// The request and its response are over: the connection may be used again.
    pub(super) fn finish(mut self) {
        let held = self.held.take();
        if let Some(held) = &held {
            held.connection().meter.end();
        }
        if let Some(Held::Http1(connection)) = held {
            self.pool.keep(&self.key, connection);
        }
    }

    /// The connection took no request: nobody should try it again.
    pub(super) fn discard(self) {
        if let Some(connection) = self.connection() {
            self.pool.forget(&self.key, connection.id);
        }
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        if let Some(held) = &self.held {
            held.connection().meter.end();
        }
        if let Some(Held::Http1(connection)) = &self.held {
            connection.abort();
        }
    }
}
