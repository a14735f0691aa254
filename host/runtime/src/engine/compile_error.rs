//! Why a component is not compiled.

use std::io;
use std::time::Duration;

/// Why there is no compiled component.
#[derive(Debug)]
pub(crate) enum CompileError {
    /// It does not validate or compile; says why.
    Component(String),
    /// It took longer than this.
    Late(Duration),
    /// So many others are being compiled, and none was done in time.
    Busy(usize),
    /// There is no thread for it.
    Thread(io::Error),
    /// The program that compiles can't be started.
    Program(io::Error),
    /// The program has ended without a word: it had no more than so many bytes
    /// of memory.
    Ended(u64),
}
