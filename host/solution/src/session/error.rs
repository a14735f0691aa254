//! Why a session did not continue.

use std::fmt;

/// Why a session could not be started or continued. It stays as it was.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SessionError {
    /// The session was started with another revision of the flow.
    Changed {
        /// The revision that it was started with.
        started: String,
        /// The flow's revision now.
        now: String,
    },
    /// An invalid id.
    Id,
    /// The flow has no input of that name.
    UnknownInput {
        /// The name given.
        name: String,
        /// The input with the most similar name.
        nearest: Option<String>,
    },
    /// A required input is missing.
    MissingInput {
        /// Its name.
        name: String,
    },
    /// An input has an invalid value.
    WrongInput {
        /// Its name.
        name: String,
        /// What is wrong with it.
        reason: String,
    },
    /// There was an answer, but no question.
    NothingAsked,
    /// There was an outcome, but no call.
    NothingCalled,
    /// A state that this flow can't lead to: the stored session was altered.
    Broken,
}

impl fmt::Display for SessionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SessionError::Changed { started, now } => write!(
                f,
                "the flow has changed: the session was started with revision {started}, and it is now {now}"
            ),
            SessionError::Id => f.write_str("a session's id has 1 to 100 visible ASCII characters"),
            SessionError::UnknownInput { name, nearest } => {
                write!(f, "the flow has no input `{}`", name.escape_debug())?;
                match nearest {
                    Some(nearest) => write!(f, ": did you mean `{nearest}`?"),
                    None => Ok(()),
                }
            }
            SessionError::MissingInput { name } => {
                write!(f, "the flow needs the input `{name}`")
            }
            SessionError::WrongInput { name, reason } => write!(f, "input `{name}`: {reason}"),
            SessionError::NothingAsked => f.write_str("the session has not asked for anything"),
            SessionError::NothingCalled => f.write_str("the session has not called a node"),
            SessionError::Broken => {
                f.write_str("the stored session does not fit the flow: it was altered")
            }
        }
    }
}

impl std::error::Error for SessionError {}
