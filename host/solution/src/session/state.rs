//! Where a session stands.

use serde::{Deserialize, Serialize};

/// Where a session stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum State {
    /// It waits for the person.
    Asking {
        /// The index of the field in its step.
        field: usize,
        /// How many answers in a row could not be used.
        wrong: u32,
    },
    /// A node is being called, or is about to be. If a session is found like
    /// this, the call may have been made.
    Acting {
        /// The id of the execution: the same however often the call is made.
        execution_id: String,
    },
    /// It is over.
    Ended {
        /// The word of the end that was reached.
        end: String,
        /// Whether that end counts as a failure.
        failed: bool,
    },
}
