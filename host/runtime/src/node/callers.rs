//! Who calls a node, as far as it matters for what a fault says about it.
//!
//! One caller can make many nodes break: with a payload that nobody else sends,
//! or one that is too large an order. That must not take a revision away from
//! the others. So a burst of faults has to be met by several callers, unless the
//! node has no other.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};

use crate::context::Context;
use crate::json::Json;

/// Whether a node has been called by more than one.
#[derive(Default)]
pub(crate) struct Callers {
    first: AtomicU64,
    several: AtomicBool,
}

impl Callers {
    /// Takes note of a caller; costs next to nothing once there are several.
    pub(super) fn saw(&self, caller: &Caller<'_>) {
        if self.several.load(Relaxed) {
            return;
        }
        let id = caller.id();
        match self.first.load(Relaxed) {
            0 => self.first.store(id, Relaxed),
            first if first == id => {}
            _ => self.several.store(true, Relaxed),
        }
    }
}

/// The caller of one execution.
pub(crate) struct Caller<'a> {
    pub(super) callers: &'a Callers,
    pub(super) context: &'a Context,
    pub(super) payload: &'a Json,
}

impl Caller<'_> {
    /// Who it is, as the host says; what it sent, if the host does not say. Never
    /// zero.
    pub(super) fn id(&self) -> u64 {
        let caller = self.context.caller.as_deref();
        hash(caller.unwrap_or_else(|| self.payload.as_str()).as_bytes())
    }

    /// Whether nobody else has called the node so far.
    pub(super) fn is_alone(&self) -> bool {
        !self.callers.several.load(Relaxed)
    }
}

/// Quick, and good enough for callers who mean no harm to themselves.
fn hash(bytes: &[u8]) -> u64 {
    const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;
    let (words, rest) = bytes.as_chunks::<8>();
    let mix = |hash: u64, word: u64| (hash.rotate_left(5) ^ word).wrapping_mul(FACTOR);
    let words = words.iter().map(|word| u64::from_le_bytes(*word));
    let rest = rest.iter().map(|byte| u64::from(*byte));
    let hash = words.chain(rest).fold(bytes.len() as u64, mix);
    (hash ^ (hash >> 32)).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_host_says_who_calls_and_else_the_payload_does() {
        let callers = Callers::default();
        let id = |caller: Option<&str>, payload: &str| {
            let context = caller.map_or_else(Context::new, |name| Context::new().with_caller(name));
            let payload = Json::parse(payload).unwrap();
            let caller = Caller {
                callers: &callers,
                context: &context,
                payload: &payload,
            };
            callers.saw(&caller);
            (caller.id(), caller.is_alone())
        };
        let (ada, alone) = id(Some("ada"), "1");
        assert!(alone);
        assert_eq!(id(Some("ada"), "2"), (ada, true));
        let (bob, alone) = id(Some("bob"), "1");
        assert!(bob != ada && !alone);
        assert_ne!(id(None, "1").0, id(None, "2").0);
        assert_ne!(id(None, "\"12345678\"").0, id(None, "\"12345679\"").0);
        assert_eq!(id(None, "1"), id(None, "1"));
    }
}
