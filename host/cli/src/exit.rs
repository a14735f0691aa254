//! The exit codes.

use std::fmt;
use std::io;
use std::process::ExitCode;

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Success.
    Success = 0,
    /// The node returned a failure, the policy denies, or a flow ended in a
    /// failure.
    Failure = 1,
    /// Usage, configuration or policy is wrong.
    Usage = 2,
    /// The node broke, was stopped, or was refused at load.
    Fault = 3,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit as u8)
    }
}

/// An error of the node or the machine, which neither the command line nor a
/// file could change.
#[derive(Debug)]
pub(crate) struct Fault(pub(crate) String);

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Fault {}

/// The exit code for an error: anything but a [`Fault`] is wrong usage.
pub(crate) fn of(error: &anyhow::Error) -> Exit {
    if error.is::<Fault>() {
        Exit::Fault
    } else {
        Exit::Usage
    }
}

/// Whether standard output was closed by its reader.
pub(crate) fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error
        .downcast_ref::<io::Error>()
        .is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}
