//! Files that can't be used.

use std::fmt;

use hospes_solution::{Findings, ReadError};

/// A file with everything that is wrong in it.
#[derive(Debug)]
pub(crate) struct InvalidFile {
    /// `the solution`, or another kind of file.
    pub(crate) what: &'static str,
    pub(crate) findings: Findings,
}

impl fmt::Display for InvalidFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let InvalidFile { what, findings } = self;
        let count = findings.iter().count();
        let plural = if count == 1 { "" } else { "s" };
        write!(f, "{what} has {count} fault{plural}:\n{findings}")
    }
}

impl std::error::Error for InvalidFile {}

impl InvalidFile {
    /// Why a file of this kind can't be used.
    pub(crate) fn of(what: &'static str, error: ReadError) -> anyhow::Error {
        match error {
            ReadError::Findings(findings) => InvalidFile { what, findings }.into(),
            error => error.into(),
        }
    }
}
