//! Files with faults.

use std::fmt;

use hospes_solution::{Findings, ReadError};

/// All faults of a file.
#[derive(Debug)]
pub(crate) struct Faults {
    /// `the solution`, or another kind of file.
    pub(crate) what: &'static str,
    pub(crate) findings: Findings,
}

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Faults { what, findings } = self;
        let count = findings.iter().count();
        let plural = if count == 1 { "" } else { "s" };
        write!(f, "{what} has {count} fault{plural}:\n{findings}")
    }
}

impl std::error::Error for Faults {}

impl Faults {
    /// Why a file of this kind can't be used.
    pub(crate) fn of(what: &'static str, error: ReadError) -> anyhow::Error {
        match error {
            ReadError::Findings(findings) => Faults { what, findings }.into(),
            error => error.into(),
        }
    }
}
