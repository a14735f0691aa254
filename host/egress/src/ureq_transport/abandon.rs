//! Closing a call's socket from another thread.
//!
//! A call blocks its thread. When its owner drops the request, the socket is
//! shut down, which wakes the thread.

use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Arc, Mutex, Weak};

use ureq::unversioned::transport::ShutdownHandle;

use crate::lock::lock;

/// A socket that can be shut down while it is open.
pub(super) type Socket = Weak<dyn ShutdownHandle>;

/// What a call shares with its owner on another thread.
#[derive(Default)]
pub(super) struct Shared {
    abandoned: AtomicBool,
    socket: Mutex<Option<Socket>>,
}

impl Shared {
    pub(super) fn is_abandoned(&self) -> bool {
        self.abandoned.load(SeqCst)
    }

    pub(super) fn attach(&self, socket: Socket) {
        *lock(&self.socket) = Some(socket);
        if self.is_abandoned() {
            self.close();
        }
    }

    pub(super) fn detach(&self) {
        *lock(&self.socket) = None;
    }

    /// Closes the socket while it is attached. The lock is held meanwhile, so
    /// that the socket can't be reused in between.
    fn close(&self) {
        let mut socket = lock(&self.socket);
        if let Some(socket) = socket.take().and_then(|socket| socket.upgrade()) {
            socket.shutdown();
        }
    }
}

/// Closes the call's socket when dropped, unless disarmed.
pub(super) struct Abandon(Option<Arc<Shared>>);

impl Abandon {
    pub(super) fn new(shared: Arc<Shared>) -> Abandon {
        Abandon(Some(shared))
    }

    pub(super) fn disarm(mut self) {
        self.0 = None;
    }
}

impl Drop for Abandon {
    fn drop(&mut self) {
        if let Some(shared) = &self.0 {
            shared.abandoned.store(true, SeqCst);
            shared.close();
        }
    }
}
