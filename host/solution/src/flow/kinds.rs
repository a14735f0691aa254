//! The kinds of failure that an action may have an edge for.

use hospes::outcome::FailureKind;

/// The host's own kinds: those of the outcome document that are not in
/// [`FailureKind`].
pub const FAULT_KINDS: [&str; 11] = [
    "deadline",
    "cancelled",
    "memory",
    "stack",
    "trap",
    "payload-too-large",
    "result-too-large",
    "invalid-result",
    "overloaded",
    "refused",
    "host",
];

/// Every kind that an edge may be named after: the node's own and the host's.
pub(crate) fn all() -> Vec<&'static str> {
    let nodes = FailureKind::ALL.into_iter().map(FailureKind::as_str);
    nodes.chain(FAULT_KINDS).collect()
}

#[cfg(test)]
mod tests {
    use hospes::Fault;
    use std::time::Duration;

    use super::*;

    #[test]
    fn the_hosts_faults_have_edges() {
        let message = || String::new();
        let limit = Duration::ZERO;
        for fault in [
            Fault::Deadline { limit },
            Fault::Cpu { limit },
            Fault::Memory { message: message() },
            Fault::Stack,
            Fault::Trap { message: message() },
            Fault::PayloadTooLarge { bytes: 0, limit: 0 },
            Fault::ResultTooLarge { limit: 0 },
            Fault::InvalidResult { message: message() },
            Fault::Overloaded { message: message() },
            Fault::Quarantined { retry_after: limit },
            Fault::Cancelled,
            Fault::Refused { message: message() },
            Fault::Host { message: message() },
        ] {
            assert!(FAULT_KINDS.contains(&fault.kind()), "{}", fault.kind());
        }
    }
}
