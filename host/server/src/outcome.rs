//! The outcome of an execution, in a word.

use hospes::Outcome;
use hospes::outcome::Answer;

/// What a response is about, for the access log.
#[derive(Clone)]
pub(crate) struct About {
    pub(crate) node: String,
    pub(crate) generation: u64,
    pub(crate) execution: String,
    /// `success`, or the kind of failure.
    pub(crate) outcome: &'static str,
}

/// What the access log says about an execution.
pub(crate) fn about(outcome: &Outcome) -> About {
    About {
        node: outcome.node.to_string(),
        generation: outcome.revision.generation,
        execution: outcome.execution_id.to_string(),
        outcome: kind(outcome),
    }
}

/// `success`, or the kind of failure.
pub(crate) fn kind(outcome: &Outcome) -> &'static str {
    match &outcome.answer {
        Ok(Answer::Success(_)) => "success",
        Ok(Answer::Failure(failure)) => failure.kind.as_str(),
        Err(fault) => fault.kind(),
    }
}
