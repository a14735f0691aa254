//! Memory that a request and its answer take in the host.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::shares::{Holding, Share};

/// Room for one request and its answer in the memory that the nodes of a runtime
/// share: asked for before it is taken, and given back when nobody holds the
/// room any more.
#[derive(Clone, Default)]
pub struct Room(Option<Arc<Mutex<Holding>>>);

impl Room {
    /// Room in this share.
    pub(crate) fn of(share: &Arc<Share>) -> Room {
        Room(Some(Arc::new(Mutex::new(share.holding()))))
    }

    /// Takes so many bytes more. If they are not there, nothing is taken: a
    /// transport then stops reading, and says
    /// [`TransportError::NoRoom`](crate::transport::TransportError::NoRoom).
    pub fn take(&self, bytes: u64) -> bool {
        self.holding().is_none_or(|mut held| held.take(bytes))
    }

    /// How many bytes are taken.
    pub(crate) fn bytes(&self) -> u64 {
        self.holding().map_or(0, |held| held.amount())
    }

    /// Takes what is missing to so many bytes.
    pub(crate) fn take_up_to(&self, bytes: u64) -> bool {
        self.holding().is_none_or(|mut held| {
            let missing = bytes.saturating_sub(held.amount());
            held.take(missing)
        })
    }

    fn holding(&self) -> Option<MutexGuard<'_, Holding>> {
        let holding = self.0.as_ref()?;
        Some(holding.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl fmt::Debug for Room {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Room")
    }
}

/// What something takes is no part of what it is.
impl PartialEq for Room {
    fn eq(&self, _: &Room) -> bool {
        true
    }
}

impl Eq for Room {}
