//! The key by which canaries choose, the same over restarts.

use super::Store;

impl Store {
    /// The key for [`canary_key`](hospes::RuntimeBuilder::canary_key): a host that
    /// comes back goes on sending the same callers to a canary. It follows from
    /// the store's key, and says nothing about it.
    pub fn canary_key(&self) -> [u8; 32] {
        self.key.derive("canary")
    }
}
