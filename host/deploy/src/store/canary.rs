//! The key with which canaries choose, which survives restarts.

use super::Store;

impl Store {
    /// The key for [`canary_key`](hospes::RuntimeBuilder::canary_key), with which
    /// a restarted host sends the same callers to a canary. It is derived from the
    /// store's key and reveals nothing about it.
    pub fn canary_key(&self) -> [u8; 32] {
        self.key.derive("canary")
    }
}
