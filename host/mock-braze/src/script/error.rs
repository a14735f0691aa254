//! What can be wrong with a script.

use std::error::Error;
use std::fmt;

/// Why a script cannot be played.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ScriptError {
    /// The text is not JSON.
    Syntax {
        /// What the parser says, with line and column.
        problem: String,
    },
    /// The text is JSON but not an array.
    NotAnArray,
    /// One step cannot be read or makes no sense.
    ScriptStep {
        /// Which one, from 1.
        step: usize,
        /// The field, unless the step as a whole is wrong.
        field: Option<String>,
        /// What is wrong with it.
        problem: String,
    },
}

impl ScriptError {
    /// `index` counts from 0, as arrays do; people count from 1.
    pub(super) fn step(index: usize, field: Option<&str>, problem: impl Into<String>) -> Self {
        Self::ScriptStep {
            step: index + 1,
            field: field.map(str::to_owned),
            problem: problem.into(),
        }
    }
}

impl fmt::Display for ScriptError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Syntax { problem } => write!(f, "the script is not JSON: {problem}"),
            Self::NotAnArray => f.write_str("the script is not an array of steps"),
            Self::ScriptStep {
                step,
                field: Some(field),
                problem,
            } => write!(f, "step {step}, field \"{field}\": {problem}"),
            Self::ScriptStep {
                step,
                field: None,
                problem,
            } => write!(f, "step {step}: {problem}"),
        }
    }
}

impl Error for ScriptError {}
