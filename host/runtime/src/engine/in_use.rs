//! The compiled components that nodes use: nodes of the same component share its
//! code.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use hospes_egress::digest::Digest;
use wasmtime::component::Component;

/// A compiled component, for as long as somebody has it.
pub(crate) struct Code {
    pub(crate) component: Component,
    /// The SHA-256 of what it was compiled from.
    pub(crate) digest: Digest,
}

/// Finds compiled components by the BLAKE3 hash of what they were compiled from.
#[derive(Default)]
pub(super) struct InUse(Mutex<HashMap<blake3::Hash, Weak<Code>>>);

impl InUse {
    pub(super) fn find(&self, content: &blake3::Hash) -> Option<Arc<Code>> {
        let codes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        codes.get(content)?.upgrade()
    }

    /// Adds one. If another thread was faster, its code is taken.
    pub(super) fn add(&self, content: blake3::Hash, code: Code) -> Arc<Code> {
        let mut codes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(code) = codes.get(&content).and_then(Weak::upgrade) {
            return code;
        }
        codes.retain(|_, code| code.strong_count() > 0);
        let code = Arc::new(code);
        codes.insert(content, Arc::downgrade(&code));
        code
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_is_shared_while_somebody_has_it_and_gone_afterwards() {
        let engine = wasmtime::Engine::default();
        let code = || Code {
            component: Component::new(&engine, b"\0asm\x0d\0\x01\0").unwrap(),
            digest: [7; 32],
        };
        let in_use = InUse::default();
        let [one, other] = [1, 2].map(|byte| blake3::Hash::from_bytes([byte; 32]));
        let first = in_use.add(one, code());
        assert!(Arc::ptr_eq(&first, &in_use.find(&one).unwrap()));
        assert!(Arc::ptr_eq(&first, &in_use.add(one, code())));
        assert!(in_use.find(&other).is_none());

        drop(first);
        assert!(in_use.find(&one).is_none());
        let kept = in_use.add(other, code());
        assert_eq!(in_use.0.lock().unwrap().len(), 1);
        drop(kept);
    }
}
