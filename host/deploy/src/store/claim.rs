//! One deployer at a time.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::Ordering::{AcqRel, Release};

use super::Store;

/// A store that one deployer owns until it is dropped. Others may use it for
/// sessions meanwhile.
pub(crate) struct Claim(Arc<Store>);

impl Claim {
    /// None if another deployer owns the store.
    pub(crate) fn new(store: Arc<Store>) -> Option<Claim> {
        let was_claimed = store.is_claimed.swap(true, AcqRel);
        (!was_claimed).then_some(Claim(store))
    }
}

impl Deref for Claim {
    type Target = Store;

    fn deref(&self) -> &Store {
        &self.0
    }
}

impl fmt::Debug for Claim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        self.0.is_claimed.store(false, Release);
    }
}
