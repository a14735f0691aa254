//! Why a session did not go on.

use std::fmt;

/// Why a session could not be started or did not go on. It stays as it was.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SessionError {
    /// The session was started on another revision of the flow.
    Changed {
        /// The revision on which it was started.
        started: String,
        /// The flow's revision now.
        now: String,
    },
    /// An id that no execution could be named after.
    Id,
    /// The flow has no input of that name.
    UnknownInput {
        /// The name given.
        name: String,
        /// The input whose name looks most like it.
        nearest: Option<String>,
    },
    /// An input that has to be there is not.
    MissingInput {
        /// Its name.
        name: String,
    },
    /// An input does not hold what it should.
    WrongInput {
        /// Its name.
        name: String,
        /// What is wrong with it.
        reason: String,
    },
    /// An answer, and nothing was asked.
    NothingAsked,
    /// An outcome, and nothing was called.
    NothingCalled,
    /// A state that this flow can't have led to: the stored session was
    /// altered.
    Broken,
}

impl fmt::Display for SessionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SessionError::Changed { started, now } => write!(
                f,
                "the flow has changed: the session was started on revision {started}, and this is {now}"
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
