//! Who calls a node, as far as it matters for counting faults.
//!
//! One caller can break many nodes: with a payload that no other caller sends,
//! or with a request that is too large. That must not take a revision away from
//! the others. So a burst only counts if several callers meet its faults,
//! unless the node has a single caller.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};

use crate::context::Context;
use crate::json::Json;

/// Whether a node has been called by more than one caller.
#[derive(Default)]
pub(crate) struct Callers {
    first: AtomicU64,
    several: AtomicBool,
}

impl Callers {
    /// Records a caller; costs next to nothing once there are several.
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
    /// A hash of the caller as the host names it, or of the payload if the host
    /// names none. Never zero.
    pub(super) fn id(&self) -> u64 {
        let caller = self.context.caller.as_deref();
        hash(caller.unwrap_or_else(|| self.payload.as_str()).as_bytes())
    }

    /// Whether no other caller has called the node so far.
    pub(super) fn is_alone(&self) -> bool {
        !self.callers.several.load(Relaxed)
    }
}

/// Fast, and good enough: a caller gains nothing from a collision.
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
