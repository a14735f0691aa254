//! Memory that a request and its response take in the host.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::shares::{Holding, Share};

/// Room for one request and its response in the memory that the nodes of a
/// runtime share. It is reserved before it is used, and given back when the
/// last clone is dropped.
#[derive(Clone, Default)]
pub struct Room(Option<Arc<Mutex<Holding>>>);

impl Room {
    /// Room in this share.
    pub(crate) fn of(share: &Arc<Share>) -> Room {
        Room(Some(Arc::new(Mutex::new(share.holding()))))
    }

    /// Takes `bytes` more. If they are not available, nothing is taken and the
    /// result is `false`: a transport then stops reading, and returns
    /// [`TransportError::NoRoom`](crate::transport::TransportError::NoRoom).
    pub fn take(&self, bytes: u64) -> bool {
        self.holding().is_none_or(|mut held| held.take(bytes))
    }

    /// How many bytes are taken.
    pub(crate) fn bytes(&self) -> u64 {
        self.holding().map_or(0, |held| held.amount())
    }

    /// Takes as many bytes as are missing to `bytes`.
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

/// Room does not count when values are compared.
impl PartialEq for Room {
    fn eq(&self, _: &Room) -> bool {
        true
    }
}

impl Eq for Room {}
