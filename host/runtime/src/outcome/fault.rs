//! Why an execution has neither a result nor a failure of the node.

use std::fmt;
use std::time::Duration;

/// Why an execution has neither a result nor a failure of the node: the node
/// broke, or the host stopped it. Each variant is one cause.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// The execution's wall time was used up.
    Deadline {
        /// The limit.
        limit: Duration,
    },
    /// An attempt used up its CPU time.
    Cpu {
        /// The limit.
        limit: Duration,
    },
    /// An attempt exceeded a limit on memory, tables or host resources.
    Memory {
        /// Which limit, such as `70 MiB of memory, 64 MiB are allowed`.
        message: String,
    },
    /// The guest's stack overflowed.
    Stack,
    /// The guest trapped, called exit, or broke the contract's encoding.
    Trap {
        /// What happened.
        message: String,
    },
    /// The payload is longer than the node's limit; the node was not called.
    PayloadTooLarge {
        /// The payload's size in bytes.
        bytes: u64,
        /// The limit.
        limit: u64,
    },
    /// The result is longer than the limit.
    ResultTooLarge {
        /// The limit.
        limit: u64,
    },
    /// The result is not a JSON document or nests too deep.
    InvalidResult {
        /// What is wrong with it.
        message: String,
    },
    /// Too many executions wait or run already; the node was not called.
    Overloaded {
        /// Which limit was reached.
        message: String,
    },
    /// The node keeps breaking and is not called for a while.
    Quarantined {
        /// How long to wait before another execution.
        retry_after: Duration,
    },
    /// The execution ran on an old revision when its drain deadline passed.
    Cancelled,
    /// Code of the host panicked: a capability that the host added, or this
    /// library. It says nothing about the node.
    Host {
        /// What happened.
        message: String,
    },
    /// The component was refused at load, so that there was no node to call.
    Refused {
        /// Why.
        message: String,
    },
}

impl Fault {
    /// The fault for a panic of the host while it served a node.
    pub(crate) fn panicked() -> Fault {
        Fault::Host {
            message: "the host panicked while it served the node".to_owned(),
        }
    }

    /// The fault's name in the outcome document. There, CPU time is part of the
    /// deadline, and a quarantined node is overloaded.
    pub fn kind(&self) -> &'static str {
        match self {
            Fault::Deadline { .. } | Fault::Cpu { .. } => "deadline",
            Fault::Memory { .. } => "memory",
            Fault::Stack => "stack",
            Fault::Trap { .. } => "trap",
            Fault::PayloadTooLarge { .. } => "payload-too-large",
            Fault::ResultTooLarge { .. } => "result-too-large",
            Fault::InvalidResult { .. } => "invalid-result",
            Fault::Overloaded { .. } | Fault::Quarantined { .. } => "overloaded",
            Fault::Cancelled => "cancelled",
            Fault::Host { .. } => "host",
            Fault::Refused { .. } => "refused",
        }
    }
}

impl Fault {
    /// How long to wait before another execution, if the host knows it.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Fault::Quarantined { retry_after } => Some(*retry_after),
            _ => None,
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fault::Deadline { limit } => {
                write!(
                    f,
                    "the execution did not end within {limit:?} (limit `deadline`)"
                )
            }
            Fault::Cpu { limit } => {
                write!(f, "the node computed for more than {limit:?} (limit `cpu`)")
            }
            Fault::Memory { message }
            | Fault::Trap { message }
            | Fault::InvalidResult { message }
            | Fault::Overloaded { message }
            | Fault::Host { message }
            | Fault::Refused { message } => f.write_str(message),
            Fault::Stack => f.write_str("the node's stack overflowed"),
            Fault::Quarantined { retry_after } => write!(
                f,
                "the node keeps breaking, and is not called for another {retry_after:?}"
            ),
            Fault::Cancelled => {
                f.write_str("the execution's revision was replaced, and its time to end was up")
            }
            Fault::PayloadTooLarge { bytes, limit } => {
                write!(
                    f,
                    "the payload has {bytes} bytes, {limit} are allowed (limit `payload`)"
                )
            }
            Fault::ResultTooLarge { limit } => {
                write!(f, "the result has more than {limit} bytes (limit `result`)")
            }
        }
    }
}

impl std::error::Error for Fault {}
