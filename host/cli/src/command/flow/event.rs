//! The events of a conversation, for scripts: one line of JSON each.

use hospes::Outcome;
use hospes_solution::session::Output;
use serde::Serialize;

use crate::trace::TracedExchange;

/// One event.
#[derive(Serialize)]
#[serde(untagged)]
pub(crate) enum Event<'a> {
    /// What the session outputs.
    Output(&'a Output),
    /// Everything else.
    Host(HostEvent<'a>),
}

/// What the host does.
#[derive(Serialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub(crate) enum HostEvent<'a> {
    /// The conversation begins.
    Start {
        /// The flow.
        flow: &'a str,
        /// Its revision.
        revision: &'a str,
        /// The session's id.
        session: &'a str,
        /// The environment.
        env: &'a str,
    },
    /// The person has answered.
    Answer {
        /// The field.
        field: &'a str,
        /// The answer, as it was given.
        text: &'a str,
    },
    /// A node's request and its response.
    Wire {
        /// The request and the response.
        #[serde(flatten)]
        exchange: &'a TracedExchange,
    },
    /// The outcome of a call.
    Outcome {
        /// The step.
        step: &'a str,
        /// The outcome document.
        outcome: &'a Outcome,
    },
}
