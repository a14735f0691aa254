//! Why a component was not compiled.

use std::io;
use std::time::Duration;

/// Why there is no compiled component.
#[derive(Debug)]
pub(crate) enum CompileError {
    /// It does not validate or compile; holds the reason.
    Component(String),
    /// It took longer than this.
    Late(Duration),
    /// This many others are being compiled, and none was done in time.
    Busy(usize),
    /// No thread could be started for it.
    Thread(io::Error),
    /// The program that compiles can't be started.
    Program(io::Error),
    /// The program ended without a result; its memory was limited to this many
    /// bytes.
    Ended(u64),
}
